// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, describe, expect, it } from 'vitest';
import { Text } from './markdown.tsx';
import { recordsNamed, useVeil } from './veil.ts';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

function rendered(text: string): HTMLElement {
  const host = document.createElement('div');
  document.body.append(host);
  act(() => createRoot(host).render(<Text>{text}</Text>));
  return host;
}
afterEach(() => document.body.replaceChildren());

describe('row 36: text of lessons', () => {
  it('HTML is shown as text', () => {
    const host = rendered('before <img src=x onerror="alert(1)"> <script>alert(2)</script> <b onclick=x>bold</b>\n\n<iframe src="https://a.b"></iframe>');
    expect(host.querySelectorAll('img, script, iframe, b, [onclick], [onerror]')).toHaveLength(0);
    expect(host.textContent).toContain('<img src=x onerror="alert(1)">');
    expect(host.textContent).toContain('<script>alert(2)</script>');
    expect(host.textContent).toContain('<iframe src="https://a.b"></iframe>');
  });
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<script>1</script>',
    'vbscript:x',
    'file:///etc/passwd',
    '//evil.example/x',
    'java&#115;cript:alert(1)',
  ])('a link to %s is no link', (url) => {
    const host = rendered(`[click](${url.replace(/[<>]/g, encodeURIComponent)})`);
    expect(host.querySelectorAll('a, button')).toHaveLength(0);
    expect(host.textContent).toContain('click');
  });
  it('a link to a page opens beside this one and learns nothing of it', () => {
    const link = rendered('[docs](https://kubernetes.io/docs)').querySelector('a');
    expect(link?.getAttribute('href')).toBe('https://kubernetes.io/docs');
    expect(link?.getAttribute('rel')).toBe('noopener noreferrer');
  });
  it('images from the net are their words', () => {
    const host = rendered('![a cat](https://evil.example/cat.png) and ![](data:image/png;base64,xx)');
    expect(host.querySelectorAll('img, picture, object')).toHaveLength(0);
    expect(host.textContent).toContain('a cat');
  });
  it('what Markdown offers and lessons do not is its text', () => {
    const host = rendered('# Heading\n\n| a | b |\n|---|---|\n\n- [ ] task\n\n`code` *em*');
    expect(host.querySelectorAll('h1, table, input')).toHaveLength(0);
    expect(host.textContent).toContain('Heading');
    expect(host.querySelector('code')?.textContent).toBe('code');
  });
  it('a word that stands for a part of the map points at it', () => {
    const button = rendered('[the pods](#pod/web-*)').querySelector('button') as HTMLButtonElement;
    act(() => button.focus());
    expect(useVeil.getState().pointed).toBe('pod/web-*');
    act(() => button.blur());
    expect(useVeil.getState().pointed).toBe('');
  });
});

it('names of parts are records of the map', () => {
  const pod = (name: string, namespace = 'default') => ({ id: `pod/${name}`, name, namespace }) as never;
  const known = {
    glass: 'worker-1',
    pods: [pod('web-1'), pod('web-2'), pod('client'), pod('web-9', 'kube-system')],
    services: [{ id: 'service/s', name: 'web', namespace: 'default', endpoints: [{ pod: 'web-2' }] } as never],
  };
  expect(recordsNamed('pod/web-*', known)).toEqual(['pod/web-1', 'pod/web-2']);
  expect(recordsNamed('service/web', known)).toEqual(['service/s', 'pod/web-2']);
  expect(recordsNamed('worker-1/kubeProxy', known)).toEqual(['component/worker-1/kube-proxy']);
  expect(recordsNamed('netfilter', known)).toEqual(['kernel/worker-1/netfilter']);
  expect(recordsNamed('apiServer', known)).toContain('component/apiserver');
  expect(recordsNamed('worker-2/kubelet', known)).toContain('node/worker-2');
});
