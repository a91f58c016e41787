import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { makeFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';

// Debian's, which .ci/run installs where it can. Without it there is nothing to open the page in.
const CHROMIUM = '/usr/bin/chromium';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Each would set this title, if it could. */
const HACK = `document.title='hacked'`;
const LONG = 'x'.repeat(200);
const HOSTILE = [
  `<script>${HACK}</script>`,
  `"><img src=x onerror="${HACK}">`,
  LONG,
  '\u202edrowssap\u202c \u2066more\u2069',
  '\u{1F35C}\u{1F469}\u200d\u{1F373} Nudel & Söhne',
  'مطعم الزيتون',
  `' onmouseover='${HACK}`,
  '</style><style>body{display:none}</style>',
  'a `tick`, <b>bold</b>\nand a second line',
  ' ',
];
/** As they must be read on the page: what acts instead of showing is spelled out. */
const SHOWN = HOSTILE.map((name) =>
  name
    .replace(/[\u202c\u202e\u2066\u2069]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`)
    .replace('\n', '\\n')
    .replace(/^ $/, '(blank)'),
);

interface View {
  scheme: 'light' | 'dark';
  width: number;
}
const NARROW: View[] = [
  { scheme: 'light', width: 375 },
  { scheme: 'dark', width: 375 },
];
const WIDE: View[] = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 1280 },
];
const PAGES = [
  { name: 'marketplace', views: [...NARROW, ...WIDE] },
  { name: 'business', views: NARROW },
  { name: 'unknown', views: NARROW },
];

describe.skipIf(!existsSync(CHROMIUM))(`a report in ${CHROMIUM}, skipped where that is not installed`, () => {
  const folder = makeFolder();
  let database: TestDatabase;
  let browser: Browser;

  async function write(name: string, code: number, args: readonly string[]): Promise<void> {
    const output = join(folder.path, `${name}.html`);
    const outcome = await smsfood(['report', '--output', output, ...args], { env: { DATABASE_URL: database.url } });
    expect(outcome).toMatchObject({ code });
  }

  beforeAll(async () => {
    database = await cloneWithOps('newer');
    await seedMarketplace(await database.connect(), {
      ...{ customers: 200, orders: 2000, days: 200, damage: 'every', seed: 3 },
      ...{ now: new Date(), timezone: 'America/New_York' },
    });
    await database.query(RENAME, [HOSTILE]);
    await database.query(`UPDATE sms_logs SET "errorCode" = $1 WHERE status = 'FAILED'`, [HOSTILE[1]]);
    await write('marketplace', 0, []);
    const { rows } = await database.query<{ id: string }>(
      'SELECT min(id) AS id FROM business_customers WHERE "businessName" = $1',
      [LONG],
    );
    await write('business', 0, ['--business', rows[0]?.id ?? '']);
    await database.query('DROP TABLE sms_logs CASCADE');
    await write('unknown', 3, []);
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await database?.drop();
    folder.remove();
  });

  /** Opens a page, and closes it with what it asked for and said meanwhile. */
  async function visit(
    name: string,
    { scheme, width }: View,
    look: (page: Page) => Promise<void>,
  ): Promise<{ requests: string[]; messages: string[] }> {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 } });
    const page = await context.newPage();
    const [requests, messages]: [string[], string[]] = [[], []];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(String(error)));
    page.on('dialog', (dialog) => void dialog.dismiss().finally(() => messages.push(dialog.message())));
    await page.goto(addressOf(name));
    await look(page);
    await context.close();
    return { requests, messages };
  }

  const addressOf = (name: string) => pathToFileURL(join(folder.path, `${name}.html`)).toString();

  describe.each(PAGES)('$name', ({ name, views }) => {
    it.each(views)('fits, loads nothing, runs nothing, and axe finds no fault: $scheme, $width px', async (view) => {
      const { requests, messages } = await visit(name, view, async (page) => {
        const width = () => inside(page, 'document.documentElement.scrollWidth', z.number());
        expect(await width()).toBe(view.width);
        await inside(page, UNFOLD, z.unknown());
        expect(await width()).toBe(view.width);
        expect(await page.title()).not.toBe('hacked');
        await inside(page, AXE, z.unknown());
        const { violations, passes } = await inside(page, RUN_AXE, AxeSchema);
        expect(violations).toEqual([]);
        expect(passes).toEqual(
          expect.arrayContaining(['color-contrast', 'landmark-unique', 'svg-img-alt', 'heading-order']),
        );
      });
      expect({ requests, messages }).toEqual({ requests: [addressOf(name)], messages: [] });
    });
  });

  it('shows hostile names as text, and none runs', async () => {
    await visit('marketplace', { scheme: 'light', width: 1280 }, async (page) => {
      const names = await inside(
        page,
        `[...document.querySelectorAll('#businesses tbody th')].map((cell) => cell.textContent)`,
        z.array(z.string()),
      );
      expect(names).toEqual(expect.arrayContaining(SHOWN));
      expect(
        await inside(page, `document.querySelectorAll('script, img, b, style:not(head style)').length`, z.number()),
      ).toBe(0);
      expect(await inside(page, `document.querySelector('#sms').textContent`, z.string())).toContain(SHOWN[1]);
      expect(await page.title()).toBe('Marketplace report');
    });
    await visit('business', { scheme: 'light', width: 375 }, async (page) => {
      expect(await page.locator('h1').textContent()).toBe(LONG);
    });
  });

  it('has its style by the hash in its policy: another one is refused', async () => {
    const html = readFileSync(join(folder.path, 'marketplace.html'), 'utf8');
    writeFileSync(join(folder.path, 'changed.html'), html.replace('<style>', '<style> '));
    const { messages } = await visit('changed', { scheme: 'light', width: 375 }, async () => undefined);
    expect(messages.join()).toContain('Content Security Policy');
  });

  it('keeps its headings in order, and shows one of the two drawings of each chart', async () => {
    for (const width of [375, 1280])
      await visit('marketplace', { scheme: 'light', width }, async (page) => {
        const levels = await inside(
          page,
          `[...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.localName[1]))`,
          z.array(z.number()),
        );
        expect(levels.filter((level) => level === 1)).toHaveLength(1);
        expect(levels.filter((level, place) => level - (levels[place - 1] ?? 0) > 1)).toEqual([]);
        const shown = await inside(
          page,
          `[...document.querySelectorAll('figure')].map((figure) => [...figure.querySelectorAll('svg')].filter((svg) => getComputedStyle(svg).display !== 'none').length)`,
          z.array(z.number()),
        );
        expect(shown.length).toBeGreaterThanOrEqual(5);
        expect(new Set(shown)).toEqual(new Set([1]));
      });
  });

  it('is light on paper, with every table unfolded', async () => {
    await visit('marketplace', { scheme: 'dark', width: 1280 }, async (page) => {
      expect(await folded(page)).toBeGreaterThan(5);
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      const paper = await inside(page, 'getComputedStyle(document.body).backgroundColor', z.string());
      expect(paper).toBe('rgb(255, 255, 255)');
      await expect.poll(() => folded(page)).toBe(0);
      expect((await page.pdf({ format: 'Letter' })).length).toBeGreaterThan(20_000);
    });
  });
});

/** The businesses with most orders get the names first: they are those that the page lists. */
const RENAME = `
  UPDATE business_customers b SET "businessName" = ($1::text[])[1 + (ranked.place - 1) % cardinality($1::text[])] FROM (
    SELECT b.id, row_number() OVER (ORDER BY count(o.id) FILTER (WHERE o."createdAt" > now() - interval '28 days') DESC, b.id)::int AS place
    FROM business_customers b LEFT JOIN orders o ON o."businessId" = b.id GROUP BY b.id
  ) AS ranked WHERE ranked.id = b.id`;

const UNFOLD = `for (const each of document.querySelectorAll('details')) each.open = true`;

const AxeSchema = z.object({
  violations: z.array(z.object({ id: z.string(), nodes: z.array(z.string()) })),
  passes: z.array(z.string()),
});
const RUN_AXE = `axe.run().then(({ violations, passes }) => ({
  violations: violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) })), passes: passes.map(({ id }) => id) }))`;

/** How many tables are out of sight. */
function folded(page: Page): Promise<number> {
  return inside(
    page,
    `[...document.querySelectorAll('details table')].filter((each) => !each.checkVisibility()).length`,
    z.number(),
  );
}

/** Asks as a debugger does, which no policy of the page forbids. Left attached: detaching ends what the page emulates. */
async function inside<S extends z.ZodType>(page: Page, expression: string, schema: S): Promise<z.infer<S>> {
  const session = await page.context().newCDPSession(page);
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    ...{ expression, awaitPromise: true, returnByValue: true },
  });
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return schema.parse(result.value);
}
