/**
 * The rules of one Service port as a block. Most Services of a cluster are alike: their rules are one form, made once by writing the rules of a port
 * whose name and addresses are marks, with other words in it. A port that is not of the usual kind has a form of its own, without holes.
 */
import type { Pattern, RuleBlock, RuleForm } from '../../../contracts/rule-blocks.ts';
import { share } from '../../../engine/share.ts';
import type { ProxierConfig } from '../config.ts';
import type { Endpoint } from '../tracking/endpoints.ts';
import { portNameText, type ServicePort } from '../tracking/service-port.ts';
import type { Categorized } from '../tracking/topology.ts';
import { endpointChain, serviceChains } from './chains.ts';
import { type RuleNames, type RuleSettings, type ServiceRules, serviceRules } from './service-rules.ts';

/** Services with more endpoints are each of their own form. */
const maxEndpoints = 100;

/** Characters of which names are made: one that has others is no word. */
export const plainName = /^[\w./:-]+$/;

/** Configuration → what tells apart → form. Derived: the same port always gives the same form. */
const forms = new WeakMap<ProxierConfig, Map<string, RuleForm>>();
const maxForms = 5000;

export function serviceBlock(key: string, port: ServicePort, endpoints: Categorized, settings: RuleSettings): RuleBlock {
  const name = portNameText(port);
  const { reachable } = endpoints;
  if (!isUsual(port) || reachable.length > maxEndpoints || !plainName.test(name)) return literalBlock(key, name, port, endpoints, settings);
  const words = [name, port.protocol.toLowerCase(), port.clusterIP, String(port.port), String(port.nodePort)];
  for (const e of reachable) words.push(e.ip, e.endpoint);
  return share({ key, form: formOf(port, endpoints, settings), words: share(words) });
}

const isUsual = (port: ServicePort): boolean => port.externalIPs.length === 0 && port.loadBalancerVIPs.length === 0 && port.healthCheckNodePort === 0;

function formOf(port: ServicePort, endpoints: Categorized, settings: RuleSettings): RuleForm {
  let known = forms.get(settings.config);
  if (!known) {
    known = new Map();
    forms.set(settings.config, known);
  }
  const { cluster, local, reachable, hasEndpoints } = endpoints;
  const among = (list: readonly Endpoint[]): string => (list === reachable ? 'all' : list.map((e) => reachable.indexOf(e)).join());
  const facts = `${port.protocol} ${port.affinitySeconds} ${port.internalPolicyLocal} ${port.externalPolicyLocal} ${port.nodePort !== 0} ${hasEndpoints}`;
  const kind = `${facts} ${reachable.length} ${among(cluster)}/${among(local)} ${settings.largeCluster} ${settings.countsLocalhost}`;
  let form = known.get(kind);
  if (!form) {
    form = makeForm(port, endpoints, settings);
    if (known.size >= maxForms) known.clear();
    known.set(kind, form);
  }
  return form;
}

/** Private characters stand for words while the rules are written. */
const firstMark = 0xe000;
const mark = (word: number): string => String.fromCharCode(firstMark + word);
const marks = /[\ue000-\uefff]/;

function makeForm(port: ServicePort, endpoints: Categorized, settings: RuleSettings): RuleForm {
  const { cluster, local, reachable, hasEndpoints } = endpoints;
  const given = 5 + 2 * reachable.length;
  const marked = reachable.map((e, i): Endpoint => ({ ...e, ip: mark(5 + 2 * i), endpoint: mark(6 + 2 * i) }));
  const among = (list: readonly Endpoint[]): readonly Endpoint[] => (list === reachable ? marked : list.map((e) => marked[reachable.indexOf(e)] as Endpoint));
  const likeNumber = (word: number): number => mark(word) as unknown as number;
  const markedPort: ServicePort = { ...port, clusterIP: mark(2), port: likeNumber(3), nodePort: port.nodePort === 0 ? 0 : likeNumber(4) };
  const hash = mark(given);
  const names: RuleNames = {
    port: mark(0),
    chains: { cluster: `KUBE-SVC-${hash}`, local: `KUBE-SVL-${hash}`, external: `KUBE-EXT-${hash}`, firewall: `KUBE-FW-${hash}` },
    endpointChain: (e) => `KUBE-SEP-${mark(given + 1 + marked.indexOf(e))}`,
  };
  const made = serviceRules(markedPort, { cluster: among(cluster), local: among(local), reachable: marked, hasEndpoints }, settings, names);
  return formFrom(made, given, [[0, 1], ...reachable.map((_, i) => [0, 1, 6 + 2 * i])]);
}

function literalBlock(key: string, name: string, port: ServicePort, endpoints: Categorized, settings: RuleSettings): RuleBlock {
  const protocol = port.protocol.toLowerCase();
  const names: RuleNames = { port: name, chains: serviceChains(name, protocol), endpointChain: (e) => endpointChain(name, protocol, e.endpoint) };
  return share({ key, form: formFrom(serviceRules(port, endpoints, settings, names), 0, []), words: share<string[]>([]) });
}

function formFrom(made: ServiceRules, given: number, hashed: readonly (readonly number[])[]): RuleForm {
  const entries = (table: 'filter' | 'nat', text: string): RuleForm['entries'] =>
    linesOf(text).map((line) => ({ table, chain: chainOfLine(line), line: patternOf(line) }));
  return share({
    given,
    hashed,
    entries: [...entries('filter', made.filter), ...entries('nat', made.entry)],
    chains: made.chains.map(patternOf),
    rules: linesOf(made.chainRules).map((line) => ({ chain: made.chains.indexOf(chainOfLine(line)), line: patternOf(line) })),
  });
}

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);
const chainOfLine = (line: string): string => line.slice(3, line.indexOf(' ', 3));

function patternOf(text: string): Pattern {
  const out: (string | number)[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i] as string;
    if (!marks.test(character)) continue;
    if (i > from) out.push(text.slice(from, i));
    out.push(character.charCodeAt(0) - firstMark);
    from = i + 1;
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}
