/** `<kubarium-embed>`: a poster that costs nothing, then a frame with `embed.html`. The one module that a host page loads; kept below 2 KB. */
import { connect, type Line } from './line.ts';
import type { Applied, CallName, Calls, Loaded, Now, Told, ToldName } from './protocol.ts';

export type { Applied, Calls, Loaded, Now, Told, ToldName };

export { connect, type Line };

/** Brotli kilobytes of a figure, once it is asked for: page, styles and simulator. The build counts them. */
declare const FIGURE_KILOBYTES: number;

const sheet = new CSSStyleSheet();
sheet.replaceSync(
  ':host{display:block;position:relative;min-height:48px;height:420px;border:1px solid #7a8686;border-radius:4px;overflow:hidden;background:#eef4f2}' +
    ':host([hidden]){display:none}iframe,img{width:100%;height:100%;border:0;display:block;object-fit:cover}' +
    'button{position:absolute;inset:0;width:100%;border:0;background:none;cursor:pointer;font:600 15px/20px system-ui,sans-serif;color:#172426}' +
    'button:focus-visible{outline:2px solid #593ec7;outline-offset:-4px}' +
    'span{display:inline-block;padding:8px 12px;background:#eef4f2}small{display:block;font-weight:400}' +
    'i{display:block;width:64px;height:64px;margin:0 auto 8px;border-radius:50%;background:#172426}' +
    'i:after{content:"";position:relative;left:25px;top:20px;display:block;width:0;border:solid #0000;border-width:12px 0 12px 20px;border-left-color:#fff}',
);

/** Nobody waits for these. */
const quiet = (promise: Promise<unknown> | undefined): void => void promise?.catch(() => {});

/** Those that run. */
const running = new Set<KubariumEmbed>();

export class KubariumEmbed extends HTMLElement {
  static observedAttributes = ['scenario', 'src-link', 't', 'controls', 'theme', 'height'];
  #line: Line | undefined;
  #heard: [ToldName, (detail: never) => void][] = [];
  #seen = false;
  #rests = false;
  #watch = new IntersectionObserver((entries) => this.#look(entries.at(-1)!.isIntersecting));
  #hue = new MutationObserver(() => quiet(this.#line?.call('theme', this.#theme())));

  connectedCallback(): void {
    if (!this.shadowRoot) this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
    this.#poster();
    this.#watch.observe(this);
    const { body, documentElement } = document;
    for (const node of [body, documentElement]) this.#hue.observe(node, { attributes: true });
  }

  disconnectedCallback(): void {
    this.#watch.disconnect();
    this.#hue.disconnect();
    this.#end();
  }

  attributeChangedCallback(name: string): void {
    if (name === 'height') this.style.height = this.#height();
    else if (this.#line)
      if (name === 'theme') quiet(this.#line.call('theme', this.#theme()));
      else {
        this.#end();
        this.start();
      }
  }

  /** Loads and runs it. Calls do so by themselves. */
  start(): void {
    if (this.#line) return;
    const frame = document.createElement('iframe');
    const url = new URL('embed.html', this.getAttribute('base') ?? import.meta.url);
    for (const name of ['scenario', 't', 'controls', 'title']) if (this.hasAttribute(name)) url.searchParams.set(name, this.getAttribute(name)!);
    url.searchParams.set('theme', this.#theme());
    url.searchParams.set('start', 'now');
    url.searchParams.set('host', location.origin);
    url.hash = /#(v\d.*)/.exec(`#${this.getAttribute('src-link') ?? ''}`.replace(/^#.*#/, '#'))?.[1] ?? '';
    frame.src = url.href;
    frame.title = this.getAttribute('title') ?? 'Kubarium';
    frame.allow = 'clipboard-write';
    frame.sandbox.value = 'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox';
    this.#line = connect(frame);
    this.#line.on('resize', ({ height }) => {
      if (!this.hasAttribute('height')) this.style.height = `${Math.min(4000, +height || 0)}px`;
    });
    this.#line.on('state', ({ playing }) => {
      if (playing) this.#runs();
      else running.delete(this);
    });
    for (const [type, listener] of this.#heard) this.#line.on(type, listener as () => void);
    this.shadowRoot!.replaceChildren(frame);
    // A frame out of sight draws nothing and does not tell, but would run.
    this.#runs();
  }

  /** When one runs, those out of sight rest. */
  #runs(): void {
    running.add(this);
    for (const other of running) if (!other.#seen && running.size > 1) other.#rest();
  }

  #call<C extends CallName>(name: C, give?: Calls[C][0]): Promise<Calls[C][1]> {
    this.start();
    return this.#line!.call(name, give);
  }
  load = (what: Loaded): Promise<Now> => this.#call('load', what);
  play = (speed?: number): Promise<Now> => this.#call('play', speed);
  pause = (): Promise<Now> => this.#call('pause');
  seek = (to: string | number): Promise<Now> => this.#call('seek', to);
  apply = (yaml: string): Promise<Applied> => this.#call('apply', yaml);
  select = (what: string): Promise<{ selected: string }> => this.#call('select', what);
  /** The share link of this moment. */
  link = (): Promise<{ link: string }> => this.#call('link');

  /** Hears events, also those of a frame that comes later. Returns what ends it. */
  on<T extends ToldName>(type: T, listener: (detail: Told[T]) => void): () => void {
    const hear = (detail: Told[T]): void => {
      if (this.#heard.includes(entry)) listener(detail);
    };
    const entry: [ToldName, (detail: never) => void] = [type, hear];
    this.#heard.push(entry);
    this.#line?.on(type, hear);
    return () => {
      this.#heard = this.#heard.filter((one) => one !== entry);
    };
  }

  #poster(): void {
    this.style.height = this.#height();
    const image = new Image();
    image.loading = 'lazy';
    image.alt = '';
    const name = /^[-a-z0-9]+$/.exec(this.getAttribute('scenario') ?? '') ?? 'figure';
    image.src = this.getAttribute('poster') ?? new URL(`previews/${name}.svg`, this.getAttribute('base') ?? import.meta.url).href;
    const button = document.createElement('button');
    const words = document.createElement('span');
    words.append(document.createElement('i'), this.getAttribute('title') ?? 'Run the figure', document.createElement('small'));
    words.lastElementChild!.textContent = `a simulated node, ${FIGURE_KILOBYTES} KB`;
    button.append(words);
    button.onclick = () => this.start();
    this.shadowRoot!.replaceChildren(image, button);
  }

  #look(seen: boolean): void {
    this.#seen = seen;
    if (seen && this.getAttribute('start') === 'seen') this.start();
    if (seen && this.#rests) {
      // A rest and its end may pass before the frame draws once: then it has nothing to tell.
      this.#runs();
      quiet(this.play());
    } else if (!seen && running.size > 1) this.#rest();
    if (seen) this.#rests = false;
  }

  #rest(): void {
    if (!running.delete(this)) return;
    this.#rests = true;
    quiet(this.pause());
  }

  #end(): void {
    running.delete(this);
    this.#rests = false;
    this.#line?.close();
    this.#line = undefined;
    this.shadowRoot!.replaceChildren();
  }

  #height(): string {
    const height = this.getAttribute('height') ?? '';
    return /^\d+$/.test(height) ? `${height}px` : /^[\d.]+(px|vh|rem|em|%)$/.test(height) ? height : '';
  }

  /** `auto` follows the host: light text stands on a dark page. */
  #theme(): 'light' | 'dark' | 'contrast' {
    const theme = this.getAttribute('theme');
    if (theme === 'light' || theme === 'dark' || theme === 'contrast') return theme;
    const [r, g, b] = (/^rgb/.test(getComputedStyle(this).color) ? getComputedStyle(this).color.match(/[\d.]+/g)! : []).map(Number);
    if (r === undefined) return matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light';
    return r + g! + b! > 384 ? 'dark' : 'light';
  }
}

if (!customElements.get('kubarium-embed')) customElements.define('kubarium-embed', KubariumEmbed);

declare global {
  interface HTMLElementTagNameMap {
    'kubarium-embed': KubariumEmbed;
  }
}
