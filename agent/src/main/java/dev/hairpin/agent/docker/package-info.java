/** Docker as a source: what it says now, and a signal when that may have changed. */
package dev.hairpin.agent.docker;
