/** Every program by name. */

import { coredns } from '../coredns/coredns.ts';
import type { Program } from '../kernel/program.ts';
import { shell } from '../shell/machine.ts';
import { basic } from './basic.ts';
import { dnsTools } from './dns-tools.ts';
import { fileTools } from './file-tools.ts';
import { kubectl } from './kubectl.ts';
import { machineTools } from './machine-tools.ts';
import { netTools } from './net-tools.ts';
import { processTools } from './process-tools.ts';
import { servers } from './servers.ts';
import { special } from './special.ts';
import { textTools } from './text-tools.ts';
import { webClients } from './web-clients.ts';

export const programs: Readonly<Record<string, Program>> = {
  ...basic,
  ...textTools,
  ...fileTools,
  ...machineTools,
  ...processTools,
  ...dnsTools,
  ...netTools,
  ...webClients,
  coredns,
  kubectl,
  ...servers,
  ...special,
  sh: shell,
  ash: shell,
  dash: shell,
  bash: shell,
};
