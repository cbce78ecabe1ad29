"""REMEMBERS AND RETRIES. One file per step of a turn; decides nothing itself."""
