// The same trust around a server that is not ours.
export {};
