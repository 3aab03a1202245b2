// SQLite and PostgreSQL behind one query layer: dialects, transactions that exclude each other, migrations.
export {};
