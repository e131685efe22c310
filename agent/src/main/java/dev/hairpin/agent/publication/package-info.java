/** What people asked to have published, kept over restarts. */
package dev.hairpin.agent.publication;
