// Package cluster tests the product as it runs on several machines: three nodes of a MariaDB Galera cluster and three
// processes of the built program, one per node, with writes spread over all nodes on purpose. In production all
// processes write to one node; here conflicts are wanted.
//
// Its tests have the build tag "cluster", so that "go test ./..." leaves them to "make test-cluster".
package cluster
