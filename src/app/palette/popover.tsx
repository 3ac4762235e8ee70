/** A panel below its button: takes the focus, gives it back, closes by Esc (the frame's key) and by a click elsewhere. */
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type Dialog, setUi } from '../state/ui.ts';
import './palette.css';

interface Props {
  dialog: Exclude<Dialog, null>;
  label: string;
  width: number;
  className?: string;
  /** Below the button that opens it, or fixed in the middle. */
  centred?: boolean;
  children: ReactNode;
}

const focusable = 'button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex="0"]';

export function Popover({ dialog, label, width, className = '', centred = false, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<{ right: number; top: number } | null>(null);
  useLayoutEffect(() => {
    if (centred) {
      const map = document.querySelector('.stage')?.getBoundingClientRect();
      if (map && map.width > width) setPlace({ right: innerWidth - map.left - (map.width + width) / 2, top: 0 });
      return;
    }
    const opener = visibleOpener(dialog);
    const at = opener?.getBoundingClientRect();
    setPlace(at ? { right: Math.max(8, Math.min(innerWidth - width - 8, innerWidth - at.right)), top: at.bottom + 4 } : { right: 8, top: 48 });
  }, [dialog, centred, width]);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const element = box.current;
    const first = element?.querySelector<HTMLElement>('[data-autofocus]') ?? element?.querySelector<HTMLElement>(focusable);
    (first ?? element)?.focus();
    const onPointerDown = (event: PointerEvent): void => {
      const target = event.target as Element;
      if (!element?.contains(target) && !target.closest(`[data-opens="${dialog}"]`)) setUi({ dialog: null });
    };
    document.addEventListener('pointerdown', onPointerDown, true);
    return () => {
      document.removeEventListener('pointerdown', onPointerDown, true);
      if (!element?.contains(document.activeElement) && document.activeElement !== document.body) return;
      (before && before !== document.body && before.isConnected ? before : visibleOpener(dialog))?.focus();
    };
  }, [dialog]);
  return (
    <div
      ref={box}
      role="dialog"
      aria-label={label}
      tabIndex={-1}
      className={`popover ${centred ? 'centred' : ''} ${className}`}
      style={{
        width,
        ...(place && centred ? { left: 'auto', right: place.right, transform: 'none' } : {}),
        ...(place && !centred ? { right: place.right, top: place.top, maxHeight: `calc(100vh - ${place.top + 8}px)` } : {}),
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Tab') return;
        const all = [...(box.current?.querySelectorAll<HTMLElement>(focusable) ?? [])].filter((e) => e.tabIndex >= 0 && e.offsetWidth > 0);
        const edge = event.shiftKey ? all[0] : all[all.length - 1];
        if (document.activeElement !== edge && document.activeElement !== box.current) return;
        (event.shiftKey ? all[all.length - 1] : all[0])?.focus();
        event.preventDefault();
      }}
    >
      {children}
    </div>
  );
}

const visibleOpener = (dialog: string): HTMLElement | undefined =>
  [...document.querySelectorAll<HTMLElement>(`[data-opens="${dialog}"]`)].find((e) => e.offsetWidth > 0);
