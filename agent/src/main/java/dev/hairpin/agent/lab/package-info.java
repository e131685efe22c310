/**
 * A world to try port publishing in: network namespaces made for it, a web server, and an agent.
 * {@code Lab} makes it and takes it away, {@code Show} asks from everywhere and tells what
 * happened.
 */
package dev.hairpin.agent.lab;
