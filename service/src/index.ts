// The service: runs traces for other machines.
export {};
