import { describe, expect, test } from 'vitest';
import type { CniAnswer, CniRequest } from '../../contracts/cni.ts';
import { Engine } from '../../engine/engine.ts';
import type { Body, Room } from '../../engine/types.ts';
import { type Args, cniRoom } from './cni.ts';
import { chainName } from './kernel.ts';

interface Kernel {
  files: Record<string, string>;
  log: string[];
}
const os: Room<Kernel> = {
  initial: (): Kernel => ({ files: {}, log: [] }),
  handle: () => {},
  serve(state, request): unknown {
    const r = request as Body & Record<string, string> & { argv: string[] };
    if (r.type === 'Iptables') state.log.push(`iptables ${r.argv.map((a) => (a.includes(' ') ? `'${a}'` : a)).join(' ')}`);
    if (r.type === 'Netlink') {
      const { type: _, op, ...rest } = r;
      state.log.push(`${op} ${Object.values(rest).join(' ')}`);
    }
    if (r.type !== 'Fs') return {};
    const path = String(r.path);
    if (r.op === 'write') state.files[path] = String(r.text);
    if (r.op === 'read') return state.files[path] === undefined ? { error: 'ENOENT' } : { text: state.files[path] };
    if (r.op === 'remove') delete state.files[path];
    if (r.op === 'list') {
      const names = Object.keys(state.files)
        .filter((f) => f.startsWith(`${path}/`))
        .map((f) => f.slice(path.length + 1))
        .sort();
      return { names };
    }
    return {};
  },
};

function bench(args: Partial<Args> = {}) {
  const engine = new Engine(Engine.initialState(3, 0), {
    'n/os': { room: os as Room<never>, args: null },
    'n/cni': {
      room: cniRoom as Room<never>,
      args: { node: 'n', nodeIP: '10.0.0.11', plugin: 'bridge', podCIDR: '10.244.1.0/24', clusterCIDR: '10.244.0.0/16', peers: [], ...args },
    },
  });
  engine.startAll();
  const call = (command: CniRequest['command'], containerId = 'a', more: Partial<CniRequest> = {}): CniAnswer =>
    engine.ask('n/runtime', 'n/cni', {
      type: 'Cni',
      command,
      containerId,
      netns: `cni-${containerId}`,
      ifname: 'eth0',
      args: {},
      ...more,
    } as Body) as CniAnswer;
  return { call, kernel: engine.state.rooms['n/os'] as Kernel };
}

const ip = (answer: CniAnswer): string | undefined => answer.result?.ips[0]?.address;

describe('host-local', () => {
  test('goes on from the last reserved address, skips the gateway, and comes round', () => {
    const b = bench({ podCIDR: '10.244.1.0/29' });
    expect(['a', 'b', 'c'].map((id) => ip(b.call('ADD', id)))).toEqual(['10.244.1.2/29', '10.244.1.3/29', '10.244.1.4/29']);
    b.call('DEL', 'a');
    expect(['d', 'e', 'f'].map((id) => ip(b.call('ADD', id)))).toEqual(['10.244.1.5/29', '10.244.1.6/29', '10.244.1.2/29']);
    expect(b.call('ADD', 'g').error?.msg).toBe(
      'plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.6',
    );
  });

  test('keeps a file for each address', () => {
    const b = bench();
    b.call('ADD');
    expect(b.kernel.files['/var/lib/cni/networks/bridge/10.244.1.2']).toBe('a\r\neth0');
    expect(b.kernel.files['/var/lib/cni/networks/bridge/last_reserved_ip.0']).toBe('10.244.1.2');
    b.call('DEL');
    expect(b.kernel.files['/var/lib/cni/networks/bridge/10.244.1.2']).toBeUndefined();
  });

  test('a second ADD for the same container is refused; DEL may be repeated', () => {
    const b = bench();
    b.call('ADD');
    expect(b.call('ADD').error?.msg).toMatch(/10\.244\.1\.2 has been allocated to a, duplicate allocation is not allowed$/);
    expect(b.call('DEL').error).toBeUndefined();
    expect(b.call('DEL').error).toBeUndefined();
  });
});

describe('bridge', () => {
  test('makes cni0 once, a veth pair for each pod, address and default route', () => {
    const b = bench();
    const { result, tookMs } = b.call('ADD');
    expect(result).toMatchObject({
      ips: [{ address: '10.244.1.2/24', gateway: '10.244.1.1', interface: 2 }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.244.1.1' }],
    });
    expect(result?.interfaces.map((i) => i.name)).toEqual(['cni0', expect.stringMatching(/^veth[0-9a-f]{8}$/), 'eth0']);
    expect(tookMs).toBeGreaterThan(50);
    b.call('ADD', 'b');
    expect(b.kernel.log.filter((l) => l.startsWith('link.add cni0'))).toHaveLength(1);
    expect(b.kernel.log).toContain('addr.add cni0 10.244.1.1/24');
    expect(b.kernel.log).toContain('addr.add cni-b eth0 10.244.1.3/24');
    expect(b.kernel.log).toContain('route.add cni-b 0.0.0.0/0 10.244.1.1 eth0');
  });

  test('ipMasq: a chain for each container, named by SHA-512 of network and id', () => {
    const b = bench({ ipMasq: true });
    b.call('ADD');
    const chain = chainName('', 'bridge', 'a');
    expect(chain).toMatch(/^CNI-[0-9a-f]{24}$/);
    expect(b.kernel.log).toContain(`iptables -t nat -A ${chain} -d 10.244.1.0/24 -j ACCEPT -m comment --comment 'name: "bridge" id: "a"'`);
    expect(b.kernel.log).toContain(`iptables -t nat -A ${chain} ! -d 224.0.0.0/4 -j MASQUERADE -m comment --comment 'name: "bridge" id: "a"'`);
    b.call('DEL');
    expect(b.kernel.log).toContain(`iptables -t nat -X ${chain}`);
  });
});

test('portmap: the chains of a hostPort', () => {
  const b = bench();
  const portMappings = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }];
  b.call('ADD', 'a', { portMappings });
  const chain = chainName('DN-', 'bridge', 'a');
  expect(chain).toMatch(/^CNI-DN-[0-9a-f]{21}$/);
  expect(b.kernel.log).toContain(
    `iptables -t nat -A CNI-HOSTPORT-DNAT -p tcp -m comment --comment 'dnat name: "bridge" id: "a"' -m multiport --destination-ports 8080 -j ${chain}`,
  );
  expect(b.kernel.log).toContain(`iptables -t nat -A ${chain} -p tcp --dport 8080 -j DNAT --to-destination 10.244.1.2:80`);
  b.call('DEL', 'a');
  expect(b.kernel.log).toContain(`iptables -t nat -X ${chain}`);
});

describe('flannel', () => {
  const peers = [{ nodeIP: '10.0.0.12', podCIDR: '10.244.2.0/24' }];

  test('delegates to bridge with its subnet and MTU', () => {
    const b = bench({ plugin: 'flannel', peers });
    const { result } = b.call('ADD');
    expect(result?.interfaces[2]).toMatchObject({ name: 'eth0', mtu: 1450 });
    expect(result?.routes).toEqual([
      { dst: '10.244.0.0/16', gw: '10.244.1.1' },
      { dst: '0.0.0.0/0', gw: '10.244.1.1' },
    ]);
    expect(b.kernel.log).toContain('route.add 10.244.2.0/24 10.244.2.0 flannel.1 true');
  });

  test('without its daemon', () => {
    const b = bench({ plugin: 'flannel' });
    b.call('STATUS');
    delete b.kernel.files['/run/flannel/subnet.env'];
    expect(b.call('ADD').error?.msg).toBe(
      'plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
    );
  });
});

test('[6] [7] no file in /etc/cni/net.d: not initialized; a file appears: ready at once', () => {
  const b = bench();
  expect(b.call('STATUS').error).toBeUndefined();
  const path = '/etc/cni/net.d/10-bridge.conflist';
  const text = b.kernel.files[path] as string;
  delete b.kernel.files[path];
  expect(b.call('STATUS').error?.msg).toBe('cni plugin not initialized');
  expect(b.call('ADD').error?.msg).toBe('cni plugin not initialized');
  b.kernel.files['/etc/cni/net.d/99-again.conflist'] = text;
  expect(b.call('STATUS').error).toBeUndefined();
  b.kernel.files['/etc/cni/net.d/05-calico.conflist'] = JSON.stringify({ cniVersion: '1.0.0', name: 'k8s-pod-network', plugins: [{ type: 'calico' }] });
  expect(b.call('ADD').error?.msg).toBe('plugin type="calico" failed (add): failed to find plugin "calico" in path [/opt/cni/bin]');
});
