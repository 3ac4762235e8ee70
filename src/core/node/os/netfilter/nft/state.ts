export type NftTables = Record<string, never>;
