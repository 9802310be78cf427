/** A reset that somebody looks at and that can still change. */
export interface Wish {
  id: string;
  requestedAt: string;
  /** Whether it is live now: nobody has to look again meanwhile. */
  tell(live: boolean): void;
}

/** Opens a stream and returns what closes it. */
export type Open = (id: string, on: { value(): void; end(): void }) => () => void;

const pauses = [1_000, 5_000, 15_000, 30_000];
const longestPause = 60_000;

/**
 * The one stream of a window. A session may have two, a browser six connections to a host: so only the newest of
 * the resets on the screen is live, the others are looked at from time to time. A stream that ends is opened again,
 * at ever longer intervals while it brings nothing; in a window that nobody sees there is none.
 */
export class LiveSeat {
  private readonly wishes = new Set<Wish>();
  private current: Wish | null = null;
  private close: (() => void) | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  constructor(
    private readonly open: Open,
    private readonly isVisible: () => boolean = () => document.visibilityState === "visible",
  ) {}

  /** Asks for the seat; returns what gives it up. */
  join(wish: Wish): () => void {
    if (this.wishes.size === 0) document.addEventListener("visibilitychange", this.choose);
    this.wishes.add(wish);
    this.choose();
    return () => {
      this.wishes.delete(wish);
      if (this.wishes.size === 0) document.removeEventListener("visibilitychange", this.choose);
      this.choose();
    };
  }

  private readonly choose = () => {
    let newest: Wish | null = null;
    if (this.isVisible()) {
      for (const wish of this.wishes) if (!newest || wish.requestedAt > newest.requestedAt) newest = wish;
    }
    if (newest === this.current) return;
    this.leave();
    this.current = newest;
    this.failures = 0;
    this.connect();
  };

  private leave() {
    clearTimeout(this.timer);
    this.close?.();
    this.close = null;
    this.current?.tell(false);
  }

  private connect() {
    const wish = this.current;
    if (!wish) return;
    let over = false;
    const close = this.open(wish.id, {
      value: () => {
        if (over) return;
        this.failures = 0;
        wish.tell(true);
      },
      end: () => {
        if (over) return;
        over = true;
        this.close = null;
        wish.tell(false);
        this.timer = setTimeout(() => this.connect(), pauses[this.failures] ?? longestPause);
        this.failures++;
      },
    });
    if (over) return; // it ended at once
    this.close = () => {
      over = true;
      close();
    };
  }
}
