/** `kubectl explain` with the documentation that headless brings. */
import { expect, test } from 'vitest';
import { fieldsOf, knownKinds, typeOfKind } from '../core/api/fields/fields.ts';
import { World } from '../core/index.ts';
import docs from '../schema/field-docs.json' with { type: 'json' };
import { kubectlCommand } from './recording.ts';

const world = new World({}, { rewinds: false });
function explain(path: string): string {
  const { id } = world.command(kubectlCommand(`explain ${path}`, 'default'));
  world.advance(world.nowMs + 1000);
  const result = world.results[id];
  expect(result?.err).toBe('');
  return result?.out ?? '';
}

test('a field that is a struct: its own words, those of its type, then the fields with values and what is required', () => {
  const text = explain('pod.spec.containers.ports');
  expect(text).toMatch(/^KIND: {7}Pod\nVERSION: {4}v1\n\nFIELD: ports <\[\]ContainerPort>\n\n\nDESCRIPTION:\n {4}List of ports to expose/);
  expect(text).toContain(
    '\n    ContainerPort represents a network port in a single container.\n    \nFIELDS:\n  containerPort\t<integer> -required-\n    Number of port',
  );
  expect(text).toContain('\n  protocol\t<string>\n  enum: SCTP, TCP, UDP\n    Protocol for port.');
  expect(text.endsWith('\n\n\n')).toBe(true);
});

test('quantities and times are documented as such', () => {
  expect(explain('pod.spec.containers.resources.limits')).toContain('FIELD: limits <map[string]Quantity>\n\n\n');
  expect(explain('pod.metadata.creationTimestamp')).toMatch(/<string>\n\n\n[\s\S]*\n {4}Time is a wrapper around time\.Time/);
});

test('more than four values are cut in a list of fields', () => {
  expect(explain('pv.spec.hostPath')).toMatch(/\n {2}enum: "", BlockDevice, CharDevice, Directory, \.\.\.\.\n/);
});

test('recursive: names and types alone', () => {
  const text = explain('svc.spec --recursive');
  expect(text).toContain('\n  sessionAffinityConfig\t<SessionAffinityConfig>\n    clientIP\t<ClientIPConfig>\n      timeoutSeconds\t<integer>\n');
  expect(text).not.toContain('Possible enum values');
});

test('every kind and field of the field table has its words', () => {
  const seen = new Set<string>();
  const silent: string[] = [];
  const table: Record<string, Record<string, string[]>> = docs;
  const visit = (type: string): void => {
    if (seen.has(type)) return;
    seen.add(type);
    for (const { name, shape } of fieldsOf(type).values()) {
      if (!(table[type]?.[name] ?? table[type]?.[`${name}!`])?.[0]) silent.push(`${type}.${name}`);
      let inner = shape;
      while (inner.form === 'list' || inner.form === 'map') inner = inner.of;
      if (inner.form === 'struct') visit(inner.type);
    }
  };
  for (const kind of knownKinds()) visit(typeOfKind(kind.slice(0, kind.lastIndexOf('/')), kind.slice(kind.lastIndexOf('/') + 1)) as string);
  // An inlined struct, about which upstream says nothing either.
  expect(silent).toEqual(['IngressRule.http']);
  expect(seen.size).toBeGreaterThan(300);
});
