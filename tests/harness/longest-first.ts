import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They go through all fixtures of all checks, which takes a minute, and are three lines long. */
const LONG = /\/tests\/checks\/catalogue[\w.-]*\.test\.ts$/;

/** On a clean clone vitest goes by the size of the files, so that the longest tests would run last, and alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
