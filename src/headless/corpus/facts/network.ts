/** `http` and `dns`, asked from where the fact says, or from a pod of the runner's own. */
import type { KubeObject } from '../../../core/index.ts';
import { matches } from '../patterns.ts';
import { namesOf, select } from '../select.ts';
import type { Output } from '../stage.ts';
import { externalIP } from '../steps.ts';
import { brief, type Check, failed, list, type Scope, when } from './check.ts';

const elsewhere = 'onlookers';

export const http: Check = (scope) => {
  const { stage, namespace } = scope;
  const want = scope.fact.http as { from?: string; target: string; status?: number; body_equals?: string; body_contains?: string[] };
  const urls = urlsOf(scope, want.target);
  if (urls.length === 0) return failed(`no address for ${want.target}`);
  const outputs = urls.map((url): Output => {
    if (want.from === 'node') return stage.run(stage.shell(stage.world.cluster.nodes[0]?.name ?? '', `curl -s -i --max-time 5 ${url}`), 10_000);
    if (want.target.includes('external')) return stage.run(stage.shell('client', `curl -s -i --max-time 5 ${url}`), 10_000);
    const home = want.from === undefined ? elsewhere : namespace;
    return stage.runKubectl(`exec ${stage.helper(home)} -- wget -q -T 5 -O - ${url}`, home);
  });
  const ok = outputs.every(({ out, rc }) => {
    const body = out.startsWith('HTTP/') ? out.slice(out.search(/\r?\n\r?\n/)).trimStart() : out;
    const status = want.status === undefined || new RegExp(`^HTTP/[0-9.]+ ${want.status} `).test(out);
    return (
      rc === 0 &&
      status &&
      (want.body_equals === undefined || body.trimEnd() === want.body_equals) &&
      list(want.body_contains).every((text) => body.includes(text))
    );
  });
  return when(ok, brief(outputs.map((o) => `${o.out}${o.err}`).join(' | ')));
};

function urlsOf(scope: Scope, target: string): string[] {
  const { stage, namespace } = scope;
  const pod = /^pod (?:of )?(\S+?),? port (\d+)$/.exec(target);
  const ipOf = (o: KubeObject): string => (o.status as { podIP?: string } | undefined)?.podIP ?? '';
  if (pod) {
    const found = stage.list('pods', namespace).filter((p) => p.metadata.name === pod[1] || p.metadata.name.startsWith(`${pod[1]}-`));
    return found.map((p) => `http://${ipOf(p)}:${pod[2]}/`);
  }
  if (target.includes('<pod IP>'))
    return stage
      .list('pods', namespace)
      .filter((p) => p.metadata.name !== 'onlooker')
      .map((p) => target.replace('<pod IP>', ipOf(p)));
  if (target.includes('<external-ip>')) {
    const ip = externalIP(stage, namespace);
    return ip === undefined ? [] : [target.replace('<external-ip>', ip)];
  }
  return [target.replace(/<([A-Za-z][^<>]*)>/g, (whole, words: string) => namesOf(stage, namespace)(words) ?? whole)];
}

export const dns: Check = (scope) => {
  const { stage, namespace } = scope;
  const want = scope.fact.dns as { name: string; from?: string; resolves_to: string; server?: string };
  const there = want.from !== undefined && stage.get('pods', namespace, want.from) !== undefined;
  // A step that ran and removed its pod has asked already.
  const said = Object.values(stage.stepOutput).find((o) => /^Server:/m.test(o.out) && o.out.includes(want.name));
  const home = want.from === undefined ? elsewhere : namespace;
  const pod = there ? (want.from as string) : stage.helper(home);
  const output =
    !there && said && want.from !== undefined && !want.from.startsWith('a pod')
      ? said
      : stage.runKubectl(`exec ${pod} -- nslookup ${want.name}`, there ? namespace : home);
  const text = output.out + output.err;
  const [head = '', ...rest] = text.split(/^Name:/m);
  const addresses = rest.flatMap((part) => [...part.matchAll(/^Address(?: \d+)?:\s*([0-9.]+)/gm)].map((m) => m[1] as string));
  const names = namesOf(stage, namespace);
  const wanted = expected(scope, want.resolves_to);
  const ok =
    wanted === undefined
      ? addresses.length === 0 && /NXDOMAIN|can't (resolve|find)/.test(text)
      : JSON.stringify([...addresses].sort()) === JSON.stringify([...wanted].sort());
  const server = want.server === undefined || matches(`<${want.server}>`, /^Server:\s*([0-9.]+)/m.exec(head)?.[1], names);
  return when(ok && server, brief(text));
};

function expected({ stage, namespace, sinceMs }: Scope, words: string): string[] | undefined {
  if (words === 'NXDOMAIN') return undefined;
  const ip = (o: KubeObject): string => (o.status as { podIP?: string }).podIP ?? '';
  const pod = /^IP of pod (\S+)$/.exec(words);
  if (pod) return select(stage, `pod/${pod[1]}`, namespace, sinceMs).objects.map(ip);
  if (words === 'set of both pod IPs')
    return stage
      .list('pods', namespace)
      .filter((p) => p.metadata.name !== 'onlooker')
      .map(ip);
  return [namesOf(stage, namespace)(words) ?? words];
}
