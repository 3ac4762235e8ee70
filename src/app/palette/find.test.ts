import { expect, it } from 'vitest';
import { find, type Item } from './find.ts';

const item = (group: Item['group'], name: string, fact = ''): Item => ({ id: `${group} ${name}`, group, name, fact, keys: '', family: null, act: () => {} });
const items = [item('set', 'Theme: dark'), item('go', 'my-web', 'Pod'), item('go', 'web', 'Deployment'), item('do', 'Follow a packet to web')];

it('keeps the groups in order and the best names first', () => {
  expect(find(items, 'web').map((f) => f.item.name)).toEqual(['web', 'my-web', 'Follow a packet to web']);
});
it('says which letters were typed', () => {
  const [first] = find(items, 'WE');
  expect(first?.item.name.slice(first.from, first.to)).toBe('we');
});
it('looks in the facts too, and needs every word', () => {
  expect(find(items, 'web deploy').map((f) => f.item.name)).toEqual(['web']);
  expect(find(items, 'web nothing')).toEqual([]);
  expect(find(items, '')).toHaveLength(4);
});
