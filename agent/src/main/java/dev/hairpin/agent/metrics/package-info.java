/** What the proxy has carried, for Prometheus. */
package dev.hairpin.agent.metrics;
