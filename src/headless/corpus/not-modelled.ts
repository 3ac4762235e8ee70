/** Facts of things that are not simulated: counted apart, each with its reason. */
import { type Fact, kindOf } from './outcomes.ts';

const table: { about: string; is: (fact: Fact, given: string) => boolean }[] = [
  {
    about: 'node events of a kernel log watcher (node-problem-detector is an add-on that is not there)',
    is: (f) => kindOf(f) === 'describe' && f.describe === 'node' && f.optional === true,
  },
  {
    about: 'NetworkPolicy: the network plugin of the cluster (flannel) enforces none',
    is: (f, given) => /enforces NetworkPolicy/.test(given) && [3].includes(f.stdout_of_step as number),
  },
  {
    about: 'names of variables that begin with a digit are allowed since v1.34: nothing is skipped',
    is: (f) => kindOf(f) === 'event' && f.reason === 'InvalidEnvironmentVariableNames',
  },
];

export const notModelled = (fact: Fact, given: readonly string[]): string | undefined => table.find((row) => row.is(fact, given.join('\n')))?.about;
