import { expect, test } from './page.ts';

test('a pod that fails its readiness leaves the slice and the rules, and comes back', async ({ kubarium }) => {
  await kubarium.openAt(15_000);
  const pods = (await kubarium.podNames()).filter((name) => name.startsWith('web-'));
  expect(pods).toHaveLength(3);
  const wide = await kubarium.shell('kubectl get pods -o wide --no-headers');
  const ipOf = (pod: string): string => new RegExp(`^${pod} .*?(10\\.244\\.\\d+\\.\\d+)`, 'm').exec(wide)?.[1] as string;
  const onGlass = pods.find((pod) => new RegExp(`^${pod} .* worker-1 `, 'm').test(wide)) as string;
  const ip = ipOf(onGlass);

  const endpoints = (): Promise<string> =>
    kubarium.shell(
      `kubectl get endpointslices -l kubernetes.io/service-name=web -o jsonpath='{range .items[*].endpoints[*]}{.addresses[0]}={.conditions.ready} {end}'`,
    );
  const rules = (): Promise<string> => kubarium.shell('node worker-1: iptables-save -t nat | grep KUBE-SEP');
  for (const pod of pods) expect(await endpoints()).toContain(`${ipOf(pod)}=true`);
  expect(await rules()).toContain(`--to-destination ${ip}:80`);

  await kubarium.failReadiness(onGlass);
  // Three failures of a probe every 10 s.
  await kubarium.seek(55_000);
  expect(await endpoints()).toContain(`${ip}=false`);
  await expect(kubarium.pod(new RegExp(`^Pod ${onGlass}, Running, 0 of 1 ready`))).toBeVisible();
  const without = await rules();
  expect(without).not.toContain(`${ip}:80`);
  for (const pod of pods.filter((p) => p !== onGlass)) expect(without).toContain(`--to-destination ${ipOf(pod)}:80`);

  // The client goes on, to the others alone.
  const from = await kubarium.nowMs();
  await kubarium.seek(70_000);
  const packets = (await kubarium.ask<{ atMs: number; text: string }[]>({ q: 'messages', beforeSeq: 0, limit: 500, kinds: ['tcp'] })).filter(
    (m) => m.atMs > from && m.text.startsWith('SYN ') && m.text.includes('⇒'),
  );
  expect(packets.length).toBeGreaterThan(5);
  expect(packets.filter((m) => m.text.includes(`⇒ ${ip}:`))).toEqual([]);

  await kubarium.openFaults();
  await kubarium.faultsMenu.getByRole('button', { name: new RegExp(`^End: .*${onGlass}`) }).click();
  await expect(kubarium.faultsMenu.getByRole('button', { name: /^End: / })).toHaveCount(0);
  await kubarium.leave();
  await kubarium.seek(90_000);
  expect(await endpoints()).toContain(`${ip}=true`);
  expect(await rules()).toContain(`--to-destination ${ip}:80`);
  await expect(kubarium.pod(new RegExp(`^Pod ${onGlass}, Running, 1 of 1 ready`))).toBeVisible();
});
