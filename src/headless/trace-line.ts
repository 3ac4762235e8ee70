/** One line per fact: `12.340 worker-1/kubelet→worker-1/runtime Cri StartContainer #812 <#799`. */
import type { TraceEntry } from '../core/index.ts';

export function traceLine(entry: TraceEntry): string {
  const seconds = `${entry.atMs < 0 ? '-' : ''}${Math.floor(Math.abs(entry.atMs) / 1000)}.${String(Math.abs(entry.atMs) % 1000).padStart(3, '0')}`;
  const arrow = entry.kind === 'note' ? entry.from : `${entry.from || 'user'}${entry.kind === 'call' ? '⇒' : '→'}${entry.to}`;
  return `${seconds} ${arrow} ${entry.body.type}${detail(entry)} #${entry.seq}${entry.cause ? ` <#${entry.cause}` : ''}${entry.kind === 'dropped' ? ' (dropped)' : ''}${entry.why ? ` why=${entry.why.kind}/${entry.why.name}:${entry.why.path}` : ''}\n`;
}

/** The few words that tell messages of one type apart. */
function detail(entry: TraceEntry): string {
  const body = entry.body as unknown as Record<string, unknown>;
  const parts: string[] = [];
  const request = body.request as { rpc?: string } | undefined;
  if (request?.rpc) parts.push(request.rpc);
  for (const key of ['rpc', 'verb', 'resource', 'subresource', 'op', 'event', 'name', 'code', 'signal', 'exitCode']) {
    const value = body[key];
    if (typeof value === 'string' || typeof value === 'number') parts.push(String(value));
  }
  const object = body.object as { kind?: string; metadata?: { name?: string } } | undefined;
  if (object?.metadata?.name) parts.push(`${object.kind ?? ''}/${object.metadata.name}`);
  return parts.length > 0 ? ` ${parts.join(' ').replace(/\s+/g, ' ').slice(0, 200)}` : '';
}
