#include <math.h>
#include <stdint.h>

struct body {
    double x, y, z, vx, vy, vz, mass;
};

static void advance(struct body *bodies, int n, double dt) {
    for (int i = 0; i < n; i++) {
        struct body *a = &bodies[i];
        for (int j = i + 1; j < n; j++) {
            struct body *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            double d2 = dx * dx + dy * dy + dz * dz;
            double mag = dt / (d2 * sqrt(d2));
            a->vx -= dx * b->mass * mag;
            a->vy -= dy * b->mass * mag;
            a->vz -= dz * b->mass * mag;
            b->vx += dx * a->mass * mag;
            b->vy += dy * a->mass * mag;
            b->vz += dz * a->mass * mag;
        }
    }
    for (int i = 0; i < n; i++) {
        bodies[i].x += dt * bodies[i].vx;
        bodies[i].y += dt * bodies[i].vy;
        bodies[i].z += dt * bodies[i].vz;
    }
}

double run(int64_t n) {
    struct body bodies[] = {
        {0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.478},
        {4.841, -1.160, -0.104, 0.606, 2.812, -0.025, 0.0377},
        {8.343, 4.125, -0.403, -1.011, 1.826, 0.0084, 0.0113},
        {12.894, -15.111, -0.223, 1.083, 0.869, -0.0108, 0.0017},
        {15.380, -25.919, 0.179, 0.979, 0.594, -0.0347, 0.0020},
    };
    for (int64_t i = 0; i < n; i++) advance(bodies, 5, 0.01);
    return bodies[0].x + bodies[1].y;
}
