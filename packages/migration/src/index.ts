// Readers for what BigDL PPML left behind.
export {};
