/** The chunk that follows the first picture. */
export { Upper } from './editor/upper.tsx';
export { Lower } from './inspector/lower.tsx';
export { Peek } from './inspector/peek.tsx';
export { Announcer } from './palette/announcer.tsx';
export { LinkNotice } from './share/link-notice.tsx';

export { nextBookmark, toggleBookmark } from './timebar/bookmarks.ts';
export { jumpChange, stepMessage, stepSecond } from './timebar/controls.ts';
export { Dock, PhoneDock } from './timebar/dock.tsx';
export { scrubKey } from './timebar/keys.ts';
