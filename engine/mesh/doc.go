// Package mesh is what the controllers of a topology know of each other: who hears whom, the shortest
// paths, the claims for client servers, the advertised routes and the state of the clientpacks.
package mesh
