/** A check for each kind of fact. */
import type { Check } from './check.ts';
import { event, events } from './events.ts';
import { dns, http } from './network.ts';
import { fileIgnored, nodeRuntime } from './node.ts';
import { conditions, container, endpoints, endpointslice, field, invariant, objectAbsent } from './objects.ts';
import { order } from './order.ts';
import { describe, exec, logs, logsByIndex, rejected, stdoutOf, stdoutOfStep } from './output.ts';
import { row, rowSequence, rows, top } from './rows.ts';

export const checks: Readonly<Record<string, Check>> = {
  row,
  rows,
  row_sequence: rowSequence,
  top,
  field,
  conditions,
  container,
  endpoints,
  endpointslice,
  object_absent: objectAbsent,
  invariant,
  events,
  event,
  logs,
  logs_by_index: logsByIndex,
  exec,
  describe,
  stdout_of_step: stdoutOfStep,
  stdout_of: stdoutOf,
  rejected,
  http,
  dns,
  order,
  node_runtime: nodeRuntime,
  file_ignored: fileIgnored,
};
