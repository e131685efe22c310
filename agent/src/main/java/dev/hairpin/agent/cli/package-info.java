/**
 * The {@code hairpin} command: reads what a person typed, asks the agent or runs one, and prints
 * the answer. Exit codes: 0 it was done, 1 it failed, 2 it can't be done like this.
 */
package dev.hairpin.agent.cli;
