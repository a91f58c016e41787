// npm run bench -- NAME [options]: measures smsfood against what people would do by hand, side by side in one run.
const BENCHMARKS = {
  check: () => import('./bench/check.js'),
  export: () => import('./bench/export.js'),
  kpi: () => import('./bench/kpi.js'),
  reconcile: () => import('./bench/reconcile.js'),
  webhooks: () => import('./bench/webhooks.js'),
};

const [name, ...options] = process.argv.slice(2);
const load = BENCHMARKS[name];
if (load === undefined) {
  process.stderr.write(`Usage: npm run bench -- <${Object.keys(BENCHMARKS).join('|')}> [options]\n`);
  process.exitCode = 2;
} else {
  const { run } = await load();
  await run(options);
}
