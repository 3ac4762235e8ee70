import { expect, test } from './page.ts';

const pod = (image: string): string => `apiVersion: v1
kind: Pod
metadata:
  name: picture
spec:
  containers:
  - name: main
    image: ${image}
`;

/** Of kubectl's list of events: when the newest of each reason was, counts and words. */
const lines = (text: string, reason: string): string[] => text.split('\n').filter((line) => line.includes(reason));

test('a bad image is pulled again after 10 s, then 20 s, and its repair runs', async ({ kubarium }) => {
  await kubarium.openAt(5000);
  await kubarium.write(pod('nginx:1.271'));
  expect(await kubarium.apply()).toContain('pod/picture created');

  const statusAt = async (atMs: number): Promise<string> => {
    await kubarium.seek(atMs);
    return kubarium.shell('kubectl get pod picture --no-headers');
  };
  // The registry's answer takes a moment; the first status is the error itself.
  const seen: string[] = [];
  for (const atMs of [6000, 7000, 8000, 9000, 10_000]) {
    seen.push(/picture +0\/1 +(\S+)/.exec(await statusAt(atMs))?.[1] ?? '');
    if (seen.at(-1) === 'ErrImagePull') break;
  }
  expect(seen.at(-1)).toBe('ErrImagePull');
  await kubarium.seek(24_000);
  expect(await kubarium.shell('kubectl get pod picture --no-headers')).toMatch(/ImagePullBackOff|ErrImagePull/);
  await kubarium.seek(90_000);
  expect(await kubarium.shell('kubectl get pod picture --no-headers')).toContain('ImagePullBackOff');

  // Each pull is asked of containerd once its wait is over; the kubelet looks at the pod when a sync comes, so a pull can be late, never early.
  await kubarium.seek(120_000);
  const pulls = await kubarium.allMessages(['cri']);
  const asked = pulls.filter((m) => !m.reply && m.text.includes('PullImage') && m.text.includes('1.271')).map((m) => m.atMs);
  expect(asked.length).toBeGreaterThanOrEqual(4);
  const waits = asked.slice(1).map((atMs, i) => atMs - (asked[i] as number));
  for (const [i, seconds] of [10, 20, 40].entries()) {
    const wait = (waits[i] as number) / 1000;
    expect(wait, `wait ${i + 1}`).toBeGreaterThanOrEqual(seconds);
    expect(wait, `wait ${i + 1}`).toBeLessThan(seconds + 20);
  }

  const events = await kubarium.shell('kubectl get events --field-selector involvedObject.name=picture');
  expect(lines(events, 'ErrImagePull').length).toBeGreaterThan(0);
  expect(lines(events, 'Back-off pulling image').join()).toContain('nginx:1.271');
  await kubarium.find('picture');
  await expect(kubarium.inspector).toContainText('ImagePullBackOff');

  await kubarium.write(pod('nginx:1.27'));
  expect(await kubarium.apply()).toContain('pod/picture configured');
  // A pull that backs off is tried anew when its wait ends; another image waits for nothing.
  await kubarium.seek(Math.ceil((await kubarium.nowMs()) / 1000) * 1000 + 10_000);
  expect(await kubarium.shell('kubectl get pod picture --no-headers')).toMatch(/picture +1\/1 +Running/);
});
