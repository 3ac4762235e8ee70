/** A condition in words: what a step waits for. */
import type { Condition } from './format.ts';

export function inWords(condition: Condition, depth = 0): string {
  if (depth > 6) return '…';
  if ('all' in condition) return condition.all.map((c) => inWords(c, depth + 1)).join(' and ');
  if ('any' in condition) return condition.any.map((c) => inWords(c, depth + 1)).join(' or ');
  if ('not' in condition) return `not: ${inWords(condition.not, depth + 1)}`;
  if ('time' in condition) return `${condition.time / 1000} s`;
  const { is, isNot, contains, matches, atLeast, atMost, count } = condition;
  const compared = [
    is === undefined ? '' : `is ${is}`,
    isNot === undefined ? '' : `is not ${isNot}`,
    contains === undefined ? '' : `has “${contains}”`,
    matches === undefined ? '' : `is like ${matches}`,
    atLeast === undefined ? '' : `is at least ${atLeast}`,
    atMost === undefined ? '' : `is at most ${atMost}`,
  ].filter((words) => words !== '');
  const words = `${subject(condition)}${compared.length > 0 ? ` ${compared.join(' and ')}` : ''}`;
  return count === undefined ? words : `${words}, ${count} of them`;
}

function subject(query: Exclude<Condition, { all: unknown } | { any: unknown } | { not: unknown }>): string {
  if ('pod' in query) return `${query.path ?? 'STATUS'} of pod ${query.pod}`;
  if ('object' in query) return query.path === undefined ? query.object : `${query.path} of ${query.object}`;
  if ('service' in query) return `${query.path ?? 'address'} of Service ${query.service}`;
  if ('node' in query) return `${query.path ?? 'STATUS'} of node ${query.node}`;
  if ('event' in query) return `event ${query.event}${query.about === undefined ? '' : ` about ${query.about}`}`;
  if ('log' in query) return `a line of the log of ${query.log}`;
  if ('tool' in query) return `a line of ${query.tool} on ${query.on}`;
  if ('walk' in query) return `${query.path ?? 'verdict'} on a packet from ${query.walk.from} to ${query.walk.to}:${query.walk.port}`;
  if ('connection' in query) return `a connection to ${query.connection}`;
  if ('message' in query) return `message ${query.message}`;
  if ('command' in query) return `command ${query.command}`;
  return '';
}
