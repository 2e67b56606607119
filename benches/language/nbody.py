import math

import torch
from typing import List


@torch.jit.script
class Body:
    def __init__(self, x: float, y: float, z: float, vx: float, vy: float, vz: float, mass: float):
        self.x = x
        self.y = y
        self.z = z
        self.vx = vx
        self.vy = vy
        self.vz = vz
        self.mass = mass


def advance(bodies: List[Body], dt: float):
    for i in range(len(bodies)):
        a = bodies[i]
        for j in range(i + 1, len(bodies)):
            b = bodies[j]
            dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
            d2 = dx * dx + dy * dy + dz * dz
            mag = dt / (d2 * math.sqrt(d2))
            a.vx -= dx * b.mass * mag
            a.vy -= dy * b.mass * mag
            a.vz -= dz * b.mass * mag
            b.vx += dx * a.mass * mag
            b.vy += dy * a.mass * mag
            b.vz += dz * a.mass * mag
    for body in bodies:
        body.x += dt * body.vx
        body.y += dt * body.vy
        body.z += dt * body.vz


@torch.jit.script
def run(n: int) -> float:
    bodies = [
        Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.478),
        Body(4.841, -1.160, -0.104, 0.606, 2.812, -0.025, 0.0377),
        Body(8.343, 4.125, -0.403, -1.011, 1.826, 0.0084, 0.0113),
        Body(12.894, -15.111, -0.223, 1.083, 0.869, -0.0108, 0.0017),
        Body(15.380, -25.919, 0.179, 0.979, 0.594, -0.0347, 0.0020),
    ]
    for _ in range(n):
        advance(bodies, 0.01)
    return bodies[0].x + bodies[1].y
