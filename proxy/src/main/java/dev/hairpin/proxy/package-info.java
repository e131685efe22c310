/**
 * One userland proxy for all ports: listens, connects to the backend, and carries bytes and
 * datagrams between them. It knows neither Docker nor rules.
 */
package dev.hairpin.proxy;
