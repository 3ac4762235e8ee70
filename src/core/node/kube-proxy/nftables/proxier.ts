export interface NftablesState {
  empty?: true;
}
export const nftablesState = (): NftablesState => ({});
