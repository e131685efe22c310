/**
 * The agent's side of {@code agent/bin/docker-proxy}: dockerd starts one of those for every port,
 * and each hands its port to the agent through a file and waits.
 */
package dev.hairpin.agent.standin;
