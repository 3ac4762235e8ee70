/** By themselves: an embed has no other panel unless it was asked for. */
export const dots = () => import('./dots/dots-over-map.tsx');
