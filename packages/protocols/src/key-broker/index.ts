// The door of this protocol.
export {};
