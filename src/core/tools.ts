/** The tools that the shells of hosts know beside their programs, and how the page runs one without a shell. */
import type { Tool, ToolResult } from './contracts/os.ts';
import { crictl } from './node/tools/crictl.ts';
import { journalctl } from './node/tools/journalctl.ts';
import { netTools } from './node/tools/net-tools.ts';
import { systemctl } from './node/tools/systemd-tools.ts';
import type { World } from './world.ts';

export const tools: Readonly<Record<string, Tool>> = { ...netTools, crictl, systemctl, journalctl };

/** Runs a tool that only reads, on `host` at the present moment; nothing of it becomes part of the run. No quotes, pipes or variables. */
export function readWithTool(world: World, host: string, command: string): ToolResult {
  const argv = command.trim().split(/\s+/);
  const tool = Object.hasOwn(tools, argv[0] ?? '') ? tools[argv[0] as string] : undefined;
  if (!tool) return { stdout: '', stderr: `${argv[0]}: no tool that only reads\n`, code: 127 };
  const { nowMs, startEpochMs } = world.engine.state;
  return tool(argv, { host, nowMs, epochMs: startEpochMs + nowMs, stdin: '', netns: 'host', call: (to, request) => world.ask(to, request) });
}
