import { describe, expect, it } from 'vitest';
import { limits, readFiles } from './intake.ts';
import type { Incoming } from './intake-store.ts';
import { insertSnippet } from './snippets.ts';

const file = (name: string, content: string | Uint8Array, change: Partial<Incoming> = {}): Incoming => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { name, size: bytes.length, type: '', arrayBuffer: async () => bytes.slice().buffer as ArrayBuffer, ...change };
};
const pod = 'apiVersion: v1\nkind: Pod\n';
const closed = { arrayBuffer: () => Promise.reject(new Error('opened')) };

describe('files from outside', () => {
  it('row 34: a file of 100 MB is named and never opened, the readable ones are read', async () => {
    const { files, refused } = await readFiles([file('a.yaml', pod), file('huge.yaml', '', { size: 100_000_000, ...closed }), file('b.yaml', pod)]);
    expect(files.map((f) => f.name)).toEqual(['a.yaml', 'b.yaml']);
    expect(refused).toEqual([{ name: 'huge.yaml', why: 'tooLarge', n: 100_000_000 }]);
  });
  it('row 34: folders, images, binaries and empty files are named', async () => {
    const { files, refused } = await readFiles([
      file('manifests', '', { folder: true, ...closed }),
      file('cat.png', new Uint8Array([137, 80]), closed),
      file('photo', '', { size: 10, type: 'image/jpeg', ...closed }),
      file('core', new Uint8Array([0xff, 0xfe, 0x00])),
      file('nul.yaml', 'kind: Pod\0'),
      file('empty.yaml', '\n'),
      file('p.yaml', pod),
    ]);
    expect(files).toEqual([{ name: 'p.yaml', text: pod }]);
    expect(refused.map((r) => `${r.name} ${r.why}`)).toEqual([
      'manifests folder',
      'cat.png notText',
      'photo notText',
      'core notText',
      'nul.yaml notText',
      'empty.yaml empty',
    ]);
  });
  it('row 34: of 1 000 files the first are read, the rest are counted', async () => {
    const { files, refused } = await readFiles(Array.from({ length: 1000 }, (_, i) => file(`${i}.yaml`, pod)));
    expect(files).toHaveLength(limits.files);
    expect(refused).toEqual([{ name: '', why: 'tooMany', n: 800 }]);
  });
  it('row 34: all together have a limit too', async () => {
    const { files, refused } = await readFiles([file('a.yaml', 'a'.repeat(900_000)), file('b.yaml', 'b'.repeat(900_000)), file('c.yaml', pod)]);
    expect(files.map((f) => f.name)).toEqual(['a.yaml', 'c.yaml']);
    expect(refused).toMatchObject([{ name: 'b.yaml', why: 'together' }]);
  });
});

describe('snippets', () => {
  const web = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        ports:
        - containerPort: 8080
      - name: other
        image: busybox:1.36
---
kind: Service
`;
  it('puts a probe into the container at the cursor, on its port', () => {
    const done = insertSnippet(web, 12, 'readinessProbe');
    expect(done?.line).toBe(15);
    expect(done?.text.split('\n').slice(13, 18)).toEqual([
      '        - containerPort: 8080',
      '        readinessProbe:',
      '          httpGet: { path: /, port: 8080 }',
      '          periodSeconds: 5',
      '      - name: other',
    ]);
    expect(insertSnippet(web, 15, 'resources')?.line).toBe(17);
    expect(insertSnippet(done?.text ?? '', 12, 'readinessProbe')).toBe(null);
  });
  it('a sidecar comes as an init container that stays', () => {
    expect(insertSnippet(web, 1, 'sidecar')?.text.split('\n').slice(8, 15)).toEqual([
      '    spec:',
      '      initContainers:',
      '      - name: sidecar',
      '        image: busybox:1.36',
      '        restartPolicy: Always',
      '        command: [sh, -c, "while true; do sleep 5; done"]',
      '      containers:',
    ]);
  });
  it('a Service selects by the labels of the pods', () => {
    const text = insertSnippet(web, 3, 'service')?.text ?? '';
    expect(text).toContain(
      '---\napiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: { app: web }\n  ports:\n  - port: 8080\n---\nkind: Service',
    );
    expect(insertSnippet('kind: ConfigMap\n', 1, 'service')).toBe(null);
  });
});
