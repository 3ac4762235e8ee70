/** The same run without a page: reads an `OpenRequest` from standard input, prints where the run is at its `atMs`. `node --import tsx e2e/headless.ts` */
import { readFileSync } from 'node:fs';
import { World } from '../src/core/index.ts';
import { applyCommand, sharedCommand } from '../src/session/commands.ts';
import type { OpenRequest } from '../src/session/protocol.ts';

const { manifest, seed, options, commands, atMs } = JSON.parse(readFileSync(0, 'utf8')) as OpenRequest;
const world = new World({ ...options, seed }, { rewinds: false });
world.schedule(0, applyCommand(manifest, 'default'));
for (const { atMs: at, command } of commands) world.schedule(at, sharedCommand(command));
world.advance(atMs);
process.stdout.write(JSON.stringify({ nowMs: world.nowMs, seq: world.engine.state.seq, traceHash: world.traceHash }));
