/** States of the page as the design draws them: one letter each. `npm run docs:shots` makes pictures of them. */
import type { Command } from '../src/core/index.ts';
import { encodeLink, type SharedLink } from '../src/session/link.ts';
import { expect, type Kubarium } from './page.ts';

export interface State {
  /** As in `docs/glass/`. */
  letter: string;
  title: string;
  width: number;
  height: number;
  theme?: 'dark' | 'contrast';
  /** Brings the page there, at rest. */
  go(kubarium: Kubarium): Promise<void>;
}

const client = `apiVersion: v1
kind: Pod
metadata: { name: client }
spec:
  nodeName: worker-1
  containers:
  - name: shell
    image: busybox:1.36
    command: [sh, -c, "while true; do wget -qO- http://web/ >/dev/null; sleep 1; done"]
`;
const service = `apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
`;
const deployment = (replicas: number, cpu = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        ports: [{ containerPort: 80 }]
        readinessProbe:
          httpGet: { path: /, port: 80 }
          initialDelaySeconds: 3
        securityContext:
          seLinuxOptions: { level: "s0:c123,c456" }
${cpu}`;
const web = (replicas: number): string => [deployment(replicas), service, client].join('---\n');
const crash = `apiVersion: v1
kind: Pod
metadata: { name: crash }
spec:
  nodeName: worker-1
  containers:
  - name: app
    image: busybox:1.28
    command: [sh, -c, "sleep 1; exit 1"]
`;

const kubectl = (atMs: number, line: string): { atMs: number; command: Command } => ({
  atMs,
  command: { type: 'kubectl', argv: line.split(' '), namespace: 'default', files: {} },
});
const stopKubelet = (atMs: number, node: string): { atMs: number; command: Command } => ({
  atMs,
  command: { type: 'inject', id: 'f1', fault: { kind: 'stopUnit', node, unit: 'kubelet' } },
});

/** `mode`: see the page's links, e.g. `scene worker-1/kubelet`. */
async function link(title: string, manifest: string, atMs: number, part: Partial<SharedLink> = {}, mode = ''): Promise<string> {
  const options = { workers: 2, images: ['nginx:1.27', 'busybox:1.36', 'busybox:1.28'], ...part.options };
  return `#${await encodeLink({ title, scenario: '', manifest, seed: 7, commands: [], view: { atMs, selected: '', mode }, ...part, options })}`;
}

const defaultScene = (mode = '', atMs = 42_180): Promise<string> =>
  link('A Deployment behind a Service', web(2), atMs, { commands: [kubectl(38_200, 'scale deployment web --replicas=3')] }, mode);
const crashScene = (atMs: number, mode = ''): Promise<string> =>
  link('A container that keeps crashing', [crash, deployment(2), service].join('---\n'), atMs, {}, mode);

async function openAt(kubarium: Kubarium, hash: string, atMs: number): Promise<void> {
  await kubarium.page.goto(`./${hash}`);
  await expect(kubarium.ruler).toBeVisible();
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', String(atMs), { timeout: 120_000 });
}

async function selectPod(kubarium: Kubarium, name: string | RegExp): Promise<void> {
  await kubarium.pod(name).first().click();
}

const desk = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };

const openDefault = (kubarium: Kubarium): Promise<void> => defaultScene().then((hash) => openAt(kubarium, hash, 42_180));

async function openEmbed(kubarium: Kubarium): Promise<void> {
  await kubarium.page.goto('./embed.html?start=now&t=18s&title=Only%20ready%20pods%20get%20traffic');
  await kubarium.opened();
  await expect.poll(() => kubarium.nowMs(), { timeout: 60_000 }).toBeGreaterThanOrEqual(18_000);
}

async function stopped(kubarium: Kubarium): Promise<void> {
  await openAt(kubarium, await link('A kubelet that stops', web(3), 84_000, { commands: [stopKubelet(20_000, 'worker-1')] }), 84_000);
  await kubarium.map.getByRole('button', { name: /^Node worker-1/ }).click({ position: { x: 300, y: 18 } });
}

export const states: State[] = [
  { letter: 'a', title: 'The default scene', ...desk, go: openDefault },
  { letter: 'b', title: 'The same, dark', ...desk, theme: 'dark', go: openDefault },
  {
    letter: 'c',
    title: 'One packet in three kube-proxy modes',
    ...desk,
    async go(kubarium) {
      await openAt(kubarium, await defaultScene('', 46_604), 46_604);
      await kubarium.page.getByRole('banner').getByRole('button', { name: 'Packet lens' }).click();
      const lens = kubarium.page.getByRole('region', { name: 'Packet lens' });
      await expect(lens.getByRole('heading', { name: /nftables as kube-proxy would write it/ })).toBeVisible();
    },
  },
  {
    letter: 'd',
    title: 'CrashLoopBackOff, and why',
    ...desk,
    async go(kubarium) {
      await openAt(kubarium, await crashScene(164_200), 164_200);
      await selectPod(kubarium, 'crash');
      await expect(kubarium.inspector.getByRole('region', { name: 'Why?' })).toBeVisible();
    },
  },
  {
    letter: 'e',
    title: 'The kubelet opened',
    ...desk,
    async go(kubarium) {
      const hash = await crashScene(85_866, 'scene worker-1/kubelet');
      await openAt(kubarium, hash, 85_866);
      await expect(kubarium.page.getByRole('group', { name: /kubelet/ })).toBeVisible();
    },
  },
  {
    letter: 'f',
    title: 'A lesson asks before it shows',
    ...desk,
    async go(kubarium) {
      const { page } = kubarium;
      await page.goto('./?scenario=readiness-and-traffic');
      await kubarium.opened();
      const panel = page.getByRole('tabpanel', { name: 'Lesson' });
      const next = panel.getByRole('button', { name: /^Next/ });
      for (let i = 0; i < 6 && (await panel.getByRole('radio').count()) === 0; i += 1) {
        const skip = panel.getByRole('button', { name: /^Go there now/ });
        await expect(next.or(skip).first()).toBeVisible();
        if (await skip.isVisible()) await skip.click();
        await expect(next).toBeEnabled({ timeout: 120_000 });
        await next.click();
        await expect(panel.getByText(new RegExp(`^${i + 2} of `))).toBeVisible();
        // A step with a question asks it where it rests.
        await expect(panel.getByRole('radio').first().or(next).or(skip).first()).toBeVisible();
        if (await skip.isVisible()) await skip.click();
        await expect(panel.getByRole('radio').first().or(next).first()).toBeVisible({ timeout: 120_000 });
      }
      await panel.getByRole('radio').nth(1).click();
    },
  },
  {
    letter: 'g',
    title: 'On a phone',
    ...phone,
    async go(kubarium) {
      await openDefault(kubarium);
      await selectPod(kubarium, /^Pod web-/);
    },
  },
  {
    letter: 'h',
    title: 'Embedded',
    width: 720,
    height: 420,
    go: openEmbed,
  },
  {
    letter: 'i',
    title: '110 pods on a node',
    ...desk,
    async go(kubarium) {
      const options = { workers: 1 };
      await openAt(kubarium, await link('As many pods as a node takes', web(107), 40_000, { options }), 40_000);
    },
  },
  {
    letter: 'j',
    title: 'Keys and settings',
    ...desk,
    async go(kubarium) {
      await openDefault(kubarium);
      await kubarium.ruler.focus();
      await kubarium.page.keyboard.press('?');
      await expect(kubarium.page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
    },
  },
  {
    letter: 'k',
    title: 'containerd opened',
    ...desk,
    async go(kubarium) {
      const hash = await link('A Deployment behind a Service', web(2), 1531, { options: { images: ['busybox:1.36'] } }, 'scene worker-1/runtime');
      await openAt(kubarium, hash, 1531);
      await expect(kubarium.page.getByRole('group', { name: /containerd/ })).toBeVisible();
    },
  },
  {
    letter: 'l',
    title: 'The kernel opened, in IPVS mode',
    ...desk,
    async go(kubarium) {
      const hash = await link('A Deployment behind a Service', web(3), 42_604, { options: { proxyMode: 'ipvs' } }, 'scene worker-1/kernel');
      await openAt(kubarium, hash, 42_604);
      await expect(kubarium.page.getByRole('group', { name: /[Kk]ernel/ })).toBeVisible();
    },
  },
  {
    letter: 'm',
    title: '500 pods on eight nodes, one of them gone',
    ...desk,
    async go(kubarium) {
      const many = { options: { workers: 8 }, commands: [stopKubelet(20_000, 'worker-3')] };
      await openAt(kubarium, await link('500 pods on eight nodes', [deployment(500), service].join('---\n'), 120_000, many), 120_000);
      await kubarium.find('worker-3');
    },
  },
  {
    letter: 'n',
    title: 'Two runs compared',
    ...desk,
    async go(kubarium) {
      const { page } = kubarium;
      await kubarium.openAt(15_000);
      await kubarium.seek(25_000);
      await kubarium.seek(15_000);
      await kubarium.shell('kubectl set image deployment/web nginx=nginx:1.28');
      await page.getByRole('tab', { name: 'Runs' }).click();
      const runs = page.getByRole('list', { name: 'Runs' });
      await runs.getByRole('button', { name: /^Compare Run 1/ }).click();
      await runs.getByRole('button', { name: /^Compare Run 2/ }).click();
      await expect(page.getByRole('region', { name: 'Compare' }).getByText(/messages are the same, up to here/)).toBeVisible();
      await kubarium.seek(24_000);
    },
  },
  {
    letter: 'o',
    title: 'The rules of 20 000 Services',
    ...desk,
    async go(kubarium) {
      const { page } = kubarium;
      await openAt(kubarium, await defaultScene('', 46_604), 46_604);
      await page.getByRole('banner').getByRole('button', { name: 'Packet lens' }).click();
      const lens = page.getByRole('region', { name: 'Packet lens' });
      await lens.getByRole('radio', { name: /20\s?000/ }).click();
      await expect(lens.getByRole('heading', { name: /nftables as kube-proxy would write it/ })).toBeVisible({ timeout: 120_000 });
      await lens.getByRole('button', { name: 'Open the table of rules' }).click();
      await expect(page.getByRole('region', { name: 'Rules' }).getByRole('grid')).toBeVisible({ timeout: 120_000 });
    },
  },
  {
    letter: 'p',
    title: 'The gallery and the palette',
    ...desk,
    async go(kubarium) {
      const { page } = kubarium;
      await openDefault(kubarium);
      await page.getByRole('tab', { name: 'Gallery' }).click();
      await expect(page.getByRole('list', { name: 'Scenarios' })).toBeVisible();
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Find or do' }).fill('web');
    },
  },
  {
    letter: 'q',
    title: 'The shell, wide, and a refused manifest',
    ...desk,
    async go(kubarium) {
      const { page } = kubarium;
      await openAt(kubarium, await defaultScene(), 42_180);
      await kubarium.shell('kubectl get pods -l app=web');
      await kubarium.shell('kubectl describe svc web');
      await kubarium.shell('node worker-1: iptables-save -t nat | grep web');
      await kubarium.write(
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: d }\nspec:\n  replicas: -1\n  selector: { matchLabels: { a: b } }\n  template:\n    metadata: { labels: { a: b } }\n    spec:\n      containers:\n      - { name: c, image: busybox:1.36 }\n',
      );
      await kubarium.apply();
      await page.keyboard.press('Control+`');
    },
  },
  {
    letter: 'r',
    title: 'Present, for a projector',
    width: 1920,
    height: 1080,
    async go(kubarium) {
      await openAt(kubarium, await crashScene(164_200), 164_200);
      await selectPod(kubarium, 'crash');
      await kubarium.ruler.focus();
      await kubarium.page.keyboard.press('P');
      await expect(kubarium.page.getByRole('button', { name: /^Leave/ })).toBeVisible();
    },
  },
  { letter: 's', title: 'High contrast', ...desk, theme: 'contrast', go: openDefault },
  {
    letter: 't',
    title: 'A small embed',
    width: 360,
    height: 480,
    go: openEmbed,
  },
  {
    letter: 'u',
    title: 'Why? on a phone',
    ...phone,
    async go(kubarium) {
      await openDefault(kubarium);
      await selectPod(kubarium, /^Pod web-/);
      await kubarium.page.locator('.peek').click();
      await expect(kubarium.inspector.getByRole('region', { name: 'Why?' })).toBeVisible();
    },
  },
  {
    letter: 'v',
    title: 'A stopped kubelet, and the faults',
    ...desk,
    async go(kubarium) {
      await stopped(kubarium);
      await kubarium.openFaults();
    },
  },
];
/** Beyond the letters: sizes, and both tabs of a phone. */
export const further: State[] = [
  {
    letter: 'g-manifest',
    title: 'The manifest on a phone',
    ...phone,
    async go(kubarium) {
      await openDefault(kubarium);
      await kubarium.page.getByRole('navigation', { name: 'Kubarium' }).getByRole('button', { name: 'Manifest' }).click();
    },
  },
  { letter: 'a-1920', title: 'The default scene on a large screen', width: 1920, height: 1080, go: openDefault },
  { letter: 'a-320', title: 'The narrowest window', width: 320, height: 640, go: openDefault },
  { letter: 'a-720', title: 'At twice the size', width: 720, height: 450, go: openDefault },
  { letter: 'v-node', title: 'A dead node', ...desk, go: stopped },
];
