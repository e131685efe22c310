/**
 * How the {@code hairpin} command talks to a running agent: one JSON line there, one back, over a
 * Unix socket that only root can open.
 */
package dev.hairpin.agent.control;
