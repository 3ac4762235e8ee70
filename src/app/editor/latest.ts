/** Questions asked while somebody types: a moment after the last key, and only the newest answer counts. */
export class Latest<A, R> {
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly ask: (about: A) => Promise<R>;
  private readonly hear: (answer: R, about: A) => void;
  private readonly delayMs: number;

  constructor(ask: (about: A) => Promise<R>, hear: (answer: R, about: A) => void, delayMs: number) {
    this.ask = ask;
    this.hear = hear;
    this.delayMs = delayMs;
  }

  about(about: A): void {
    clearTimeout(this.timer);
    this.asked += 1;
    const mine = this.asked;
    this.timer = setTimeout(() => {
      this.ask(about).then(
        (answer) => {
          if (mine === this.asked) this.hear(answer, about);
        },
        () => {},
      );
    }, this.delayMs);
  }

  /** Nothing that was asked is heard any more. */
  stop(): void {
    clearTimeout(this.timer);
    this.asked += 1;
  }
}
