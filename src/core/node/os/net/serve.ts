/** System calls on sockets. */
import type { SocketAnswer, SocketRequest } from '../../../contracts/socket.ts';
import type { Kernel } from './kernel.ts';
import { connectionOf, connectionsOf, listen, listSockets, unlisten } from './sockets.ts';
import { close, connect, send, shut } from './tcp.ts';
import { ping, sendto } from './udp.ts';

export function serveSocket(k: Kernel, request: SocketRequest): SocketAnswer {
  const { s, ctx } = k;
  switch (request.op) {
    case 'listen': {
      if (!s.netns[request.netns]) return { error: 'EINVAL' };
      const { protocol, ip, port, owner, tag } = request;
      return listen(s, request.netns, { protocol, ip, port, owner, tag, accept: request.accept !== false, ephemeral: false, usedAtMs: ctx.nowMs });
    }
    case 'unlisten':
      unlisten(s, request.netns, (tag) => tag === request.tag);
      return {};
    case 'connect':
      return connect(k, request);
    case 'send':
      return send(k, request);
    case 'close':
      return close(k, request.connection, request.netns, request.reset === true);
    case 'sendto':
      return sendto(k, request);
    case 'ping':
      return ping(k, request);
    case 'list':
      return { sockets: listSockets(s, request.netns, ctx.nowMs) };
    case 'releaseOwner':
      releaseOwner(k, request.netns, request.tagPrefix);
      return {};
    default:
      return { error: 'EINVAL' };
  }
}

/** A process died: the kernel closes what it had open. */
function releaseOwner(k: Kernel, netns: string, tagPrefix: string): void {
  const { s } = k;
  unlisten(s, netns, (tag) => tag.startsWith(tagPrefix));
  const gone = connectionsOf(s, netns).filter((c) => !c.orphan && c.tag.startsWith(tagPrefix));
  for (const c of gone) if (connectionOf(s, c.id)) shut(k, c, false);
}
