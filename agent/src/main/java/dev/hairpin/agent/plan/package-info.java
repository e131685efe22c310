/**
 * What an engine would write, worked out without one: Docker's own words go in, the tables of a
 * host that had nothing before come out.
 */
package dev.hairpin.agent.plan;
