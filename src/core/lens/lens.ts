/** The packet lens of a world: answers to its questions. The world is only read; kernels that something happens to are copies. */
import type { NetfilterTables } from '../node/os/netfilter/state.ts';
import type { World } from '../world.ts';
import { costOf, journey } from './journey.ts';
import { pasted } from './pasted.ts';
import type { ChainList, LensAnswerOf, LensQuestion, ModeQuestion, ProxyMode } from './questions.ts';
import { chainList, findRule, ruleRows } from './rule-table.ts';
import { Scratch } from './scratch.ts';
import { spread } from './spread.ts';

const modes: readonly ProxyMode[] = ['iptables', 'ipvs', 'nftables'];
/** Services a node can be filled up to. */
export const mostServices = 20_000;

/** Rules of other modes are kept as long as the page asks: with the world they go. */
const known = new WeakMap<World, Scratch>();

function scratchOf(world: World): Scratch {
  let scratch = known.get(world);
  if (!scratch) {
    scratch = new Scratch(world);
    known.set(world, scratch);
  }
  return scratch;
}

/** Anything may be asked. Throws a sentence when the question is none. */
export function askLens<Q extends LensQuestion>(world: World, question: Q): LensAnswerOf<Q>;
export function askLens(world: World, q: LensQuestion): unknown {
  if (q.ask === 'pasted') return pasted(q.text, q.packet, q.without === true);
  const { mode, services } = checked(q);
  const scratch = scratchOf(world);
  switch (q.ask) {
    case 'journey':
      return journey(world, scratch, q.question, mode, services);
    case 'spread':
      return spread(world, scratch, q.question, mode, services, q.count, q.clients);
    case 'cost':
      return costOf(world, scratch, q.question, mode, services);
    case 'chains': {
      const list: ChainList = {
        mode,
        running: scratch.isRunning(q.node, mode, services),
        services: Math.max(services, scratch.own()),
        tables: chainList(tables(scratch, q.node, mode, services)),
      };
      return list;
    }
    case 'rows':
      return ruleRows(tables(scratch, q.node, mode, services), q.table, q.chain, q.from, q.count);
    case 'find':
      return findRule(tables(scratch, q.node, mode, services), q.table, q.chain, String(q.text), q.after);
    default:
      throw new Error(`unknown question of the lens ${JSON.stringify((q as { ask: unknown }).ask).slice(0, 60)}`);
  }
}

function checked({ mode, services }: ModeQuestion): ModeQuestion {
  if (!modes.includes(mode)) throw new Error('mode must be iptables, ipvs or nftables');
  if (!Number.isInteger(services) || services < 0 || services > mostServices) throw new Error(`services must be a whole number from 0 to ${mostServices}`);
  return { mode, services };
}

function tables(scratch: Scratch, node: string, mode: ProxyMode, services: number): NetfilterTables {
  const found = scratch.tables(node, mode, services);
  if (!found) throw new Error(`there is no node ${String(node).slice(0, 60)}`);
  return found;
}
