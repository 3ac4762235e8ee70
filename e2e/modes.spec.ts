import { expect, test } from './page.ts';

/** Where the client's connections went, in order. */
async function backends(kubarium: import('./page.ts').Kubarium, fromMs: number): Promise<string[]> {
  const all = await kubarium.ask<{ atMs: number; text: string; from: string }[]>({ q: 'messages', beforeSeq: 0, limit: 500, kinds: ['tcp'] });
  const seen = new Map<string, string>();
  for (const m of all) {
    const found = /^SYN \S+ ⇒ (10\.244\.\d+\.\d+):80/.exec(m.text);
    if (found && m.atMs > fromMs) seen.set(String(m.atMs), found[1] as string);
  }
  return [...seen.values()];
}

test('IPVS: a virtual server with rr, and connections in turn', async ({ kubarium }) => {
  await kubarium.openAt(15_000);
  const ip = (await kubarium.shell(`kubectl get service web -o jsonpath='{.spec.clusterIP}'`)).trim();
  await kubarium.mode('IPVS');
  await kubarium.seek(20_000);
  await expect(kubarium.map.getByRole('button', { name: /^kube-proxy, .*ipvs/ })).toBeVisible();
  const table = await kubarium.shell('node worker-1: ipvsadm -Ln');
  expect(table).toMatch(new RegExp(`^TCP +${ip.replaceAll('.', '\\.')}:80 rr`, 'm'));
  const after = table
    .slice(table.indexOf(`${ip}:80 rr`))
    .split('\n')
    .slice(1);
  const servers = after.slice(0, after.findIndex((line) => !line.startsWith('  ->')) >>> 0).filter((line) => line.startsWith('  ->'));
  expect(servers).toHaveLength(3);
  for (const server of servers) expect(server).toMatch(/^ {2}-> 10\.244\.\d\.\d+:80 +Masq +1 /);

  await kubarium.seek(34_000);
  const used = await backends(kubarium, 22_000);
  expect(used.length).toBeGreaterThanOrEqual(8);
  // Round robin: any three in a row are the three.
  for (let i = 0; i + 3 <= used.length; i += 1) expect(new Set(used.slice(i, i + 3)).size, used.join(' ')).toBe(3);
  await kubarium.tab('Messages');
  await expect(kubarium.messages.getByRole('button', { name: /SYN 10\.96\.\d+\.\d+:80 ⇒ 10\.244/ }).first()).toBeVisible();
});

test('nftables: kube-proxy has a table of its own, and iptables-save has no more KUBE-SEP', async ({ kubarium }) => {
  await kubarium.openAt(15_000);
  expect(await kubarium.shell('node worker-1: iptables-save -t nat | grep KUBE-SEP')).toContain('KUBE-SEP-');
  const ip = (await kubarium.shell(`kubectl get service web -o jsonpath='{.spec.clusterIP}'`)).trim();
  await kubarium.mode('nftables');
  await kubarium.seek(20_000);
  const table = await kubarium.shell('node worker-1: nft list table ip kube-proxy');
  expect(table).toMatch(/^table ip kube-proxy \{/m);
  expect(table).toContain(`${ip} . tcp . 80 : goto service-`);
  expect(table).toMatch(/dnat ip to numgen random mod 3 map \{ 0 : 10\.244\.1\.\d+ \. 80, 1 : /);
  expect(await kubarium.shell('node worker-1: iptables-save -t nat')).not.toContain('KUBE-SEP-');
  await kubarium.seek(30_000);
  expect((await backends(kubarium, 21_000)).length).toBeGreaterThan(5);
});
