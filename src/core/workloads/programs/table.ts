/** Every program by name. */
import type { Program } from '../kernel/program.ts';
import { shell } from '../shell/machine.ts';
import { basic } from './basic.ts';
import { fileTools } from './file-tools.ts';
import { processTools } from './process-tools.ts';
import { servers } from './servers.ts';
import { special } from './special.ts';
import { textTools } from './text-tools.ts';

export const programs: Readonly<Record<string, Program>> = {
  ...basic,
  ...textTools,
  ...fileTools,
  ...processTools,
  ...servers,
  ...special,
  sh: shell,
  ash: shell,
  dash: shell,
  bash: shell,
};
