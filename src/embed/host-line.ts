/** The embed's side of the talk with the page around it. What does not come from that page, or is no call, is ignored and counted. */
import type { CallName, Calls, FromEmbed, Told, ToldName } from './protocol.ts';
import { embedVersion } from './protocol.ts';

/** Calls in a second of real time; more are a flood. */
export const maxCallsPerSecond = 200;
const maxText = 1_500_000;

export type Handlers = { [C in CallName]: (give: Calls[C][0]) => Promise<Calls[C][1]> };

export interface Around {
  /** The window of the page around; messages of any other are ignored. */
  window: unknown;
  /** Its origin; '' or 'null': nobody can speak. */
  origin: string;
  post(message: FromEmbed): void;
  now(): number;
}

export class HostLine {
  /** Messages that were ignored. */
  ignored = 0;
  private readonly around: Around;
  private readonly handlers: Handlers;
  private since = 0;
  private calls = 0;

  constructor(around: Around, handlers: Handlers) {
    this.around = around;
    this.handlers = handlers;
  }

  hear(event: { source: unknown; origin: string; data: unknown }): void {
    const { window, origin } = this.around;
    const call = origin !== '' && origin !== 'null' && event.source === window && event.origin === origin ? callOf(event.data) : undefined;
    if (!call || this.flooded()) {
      this.ignored += 1;
      return;
    }
    const { id } = call;
    const refuse = (error: unknown): void =>
      this.post({ kubarium: embedVersion, id, ok: false, error: error instanceof Error ? error.message : String(error) });
    try {
      const give = givenTo(call.call, call.give);
      (this.handlers[call.call] as (give: unknown) => Promise<unknown>)(give).then(
        (answer) => this.post({ kubarium: embedVersion, id, ok: true, answer: answer ?? null }),
        refuse,
      );
    } catch (error) {
      refuse(error);
    }
  }

  tell<T extends ToldName>(type: T, detail: Told[T]): void {
    this.post({ kubarium: embedVersion, type, detail });
  }

  private post(message: FromEmbed): void {
    const { origin } = this.around;
    if (origin !== '' && origin !== 'null') this.around.post(message);
  }

  private flooded(): boolean {
    const now = this.around.now();
    if (now - this.since >= 1000) {
      this.since = now;
      this.calls = 0;
    }
    this.calls += 1;
    return this.calls > maxCallsPerSecond;
  }
}

const names: readonly CallName[] = ['load', 'play', 'pause', 'seek', 'apply', 'select', 'theme', 'link'];

/** A call of this version with nothing beside it; everything else is none. */
function callOf(data: unknown): { id: number; call: CallName; give: unknown } | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const keys = Object.keys(data);
  if (keys.length > 4 || keys.some((key) => !['kubarium', 'id', 'call', 'give'].includes(key))) return undefined;
  const { kubarium, id, call, give } = data as Record<string, unknown>;
  if (kubarium !== embedVersion || !Number.isSafeInteger(id)) return undefined;
  const name = names.find((one) => one === call);
  return name && { id: id as number, call: name, give };
}

/** Checked and copied; throws a sentence. */
function givenTo(call: CallName, give: unknown): unknown {
  switch (call) {
    case 'load':
      return loaded(give);
    case 'play':
      if (give === undefined || give === null) return undefined;
      if (typeof give !== 'number' || !(give > 0 && give <= 1000)) throw new Error('play takes a speed above 0, at most 1000');
      return give;
    case 'seek':
      if (typeof give === 'number' || (typeof give === 'string' && give.length <= 40)) return give;
      throw new Error('seek takes a time such as 42s, or milliseconds');
    case 'apply':
      return text(give, 'apply', maxText);
    case 'select':
      return text(give, 'select', 300);
    case 'theme':
      if (give === 'light' || give === 'dark' || give === 'contrast' || give === 'auto') return give;
      throw new Error('theme takes light, dark, contrast or auto');
    default:
      return undefined;
  }
}

function loaded(give: unknown): Calls['load'][0] {
  if (typeof give !== 'object' || give === null || Array.isArray(give)) throw new Error('load takes an object with scenario, link or manifest');
  const out: Calls['load'][0] = {};
  for (const [key, value] of Object.entries(give)) {
    if (value === undefined) continue;
    if (key === 'scenario') out.scenario = text(value, 'scenario', 63);
    else if (key === 'link') out.link = text(value, 'link', 70_000);
    else if (key === 'manifest') out.manifest = text(value, 'manifest', maxText);
    else if (key === 'title') out.title = text(value, 'title', 300);
    else if (key === 'seed') {
      if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Error('seed must be a whole number from 0');
      out.seed = value as number;
    } else if (key === 't') {
      if (typeof value !== 'number' && (typeof value !== 'string' || value.length > 40)) throw new Error('t must be a time such as 42s, or milliseconds');
      out.t = value;
    } else throw new Error(`load does not know ${JSON.stringify(key.slice(0, 40))}`);
  }
  return out;
}

function text(value: unknown, what: string, most: number): string {
  if (typeof value !== 'string') throw new Error(`${what} must be text`);
  if (value.length > most) throw new Error(`${what} has ${value.length} characters; at most ${most} are read`);
  return value;
}

/** The origin of the page around: what the address says, else what the browser tells of it. */
export function hostOrigin(said: string, ancestors: ArrayLike<string> | undefined, referrer: string): string {
  const told = ancestors?.[0];
  // What the address says may be wrong or invented; the browser knows better.
  if (told && told !== 'null') return said === '' || said === told ? told : '';
  if (said !== '') return said;
  try {
    return new URL(referrer).origin;
  } catch {
    return '';
  }
}
